import { csvHead, csvLine } from "~/platform/csv";
import type { PrismaClient } from "../../../../prisma/client/client";
import type { EditorStory } from "../find-editor-story";

interface HourRow {
  hour: Date;
  kind: "story" | "chapter";
  chapter: number | null;
  views: number;
}

const WEEK_MS = 7 * 24 * 3600 * 1000;

/** The hourly history of a story and its chapters, oldest first. Read one week at a time, to limit memory. */
async function* readWeeks(db: PrismaClient, story: EditorStory): AsyncGenerator<HourRow[]> {
  const numbers = new Map(story.chapters.map(({ id, number }) => [id, number]));
  const chapterIds = [...numbers.keys()];
  // The ends of each target's history, from the index: the hours between them may be half a million.
  const [ends] = await db.$queryRaw<{ first: Date | null; last: Date | null }[]>`
    SELECT min(first) AS first, max(last) AS last
    FROM (SELECT 'story' AS kind, ${story.id}::int AS id UNION ALL SELECT 'chapter', unnest(${chapterIds}::int[])) AS target, LATERAL (
      SELECT (SELECT min("hour") FROM "ViewHour" WHERE "kind" = target.kind AND "targetId" = target.id) AS first,
             (SELECT max("hour") FROM "ViewHour" WHERE "kind" = target.kind AND "targetId" = target.id) AS last) AS history`;
  if (!ends?.first || !ends.last) return;
  for (let from = ends.first.getTime(); from <= ends.last.getTime(); from += WEEK_MS) {
    const rows = await db.$queryRaw<{ hour: Date; kind: HourRow["kind"]; targetId: number; views: number }[]>`
      SELECT "hour", "kind", "targetId", sum("views")::float8 AS views FROM "ViewHour"
      WHERE ("kind" = 'story' AND "targetId" = ${story.id} OR "kind" = 'chapter' AND "targetId" = ANY(${chapterIds}))
        AND "hour" >= ${new Date(from)} AND "hour" < ${new Date(from + WEEK_MS)}
      GROUP BY 1, 2, 3 ORDER BY 1, 2 DESC, 3`;
    yield rows.map(({ targetId, ...row }) => ({
      ...row,
      chapter: row.kind === "chapter" ? (numbers.get(targetId) ?? null) : null,
    }));
  }
}

/** `hour_utc,kind,chapter,views`: one line per hour and target with views. */
export async function* storyViewsCsv(db: PrismaClient, story: EditorStory): AsyncGenerator<string> {
  yield csvHead(["hour_utc", "kind", "chapter", "views"]);
  for await (const rows of readWeeks(db, story))
    yield rows.map((row) => csvLine([row.hour, row.kind, row.chapter, row.views])).join("");
}

/**
 * The same as one JSON document with the story's totals. While Redis is unreachable, `unsynced` is the last known number, as of
 * `rememberedAt`; null if none is known.
 */
export async function* storyViewsJson(
  db: PrismaClient,
  story: EditorStory,
  freshness: { asOf: Date | null; unsynced: number | null; rememberedAt?: Date | null },
): AsyncGenerator<string> {
  const head = JSON.stringify({
    story: { slug: story.slug, title: story.title },
    unit: "counted views per hour (UTC)",
    countedUpTo: freshness.asOf,
    counted: story.readCount,
    waitingForTheSync: freshness.unsynced,
    waitingAsOf: freshness.rememberedAt ?? undefined,
  });
  yield `${head.slice(0, -1)},"hours":[`;
  let separator = "\n";
  for await (const rows of readWeeks(db, story)) {
    if (!rows.length) continue;
    yield separator + rows.map((row) => JSON.stringify(row)).join(",\n");
    separator = ",\n";
  }
  yield "\n]}\n";
}
