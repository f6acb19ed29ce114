import type pg from "pg";
import type { ViewStore } from "~/tracker/ports";
import { FALLBACK_SOURCE } from "~/tracker/source";
import { type CountResult, type Offer, type TargetKind, targetKey, type View } from "~/tracker/view";
import { type DedupeWindow, dayOf, hourOf } from "~/tracker/window";
import { isRetryable } from "./transaction";

const MOST_TRIES = 4;
/** Distinct referrer hosts that a process counts of a story and hour; the rest count as "other". */
const MOST_REFERRERS = 100;

/** What differs between the two tables; names come from here only, never from a caller. */
const tables: Record<TargetKind, { view: string; target: string; id: string }> = {
  story: { view: `"StoryView"`, target: `"Story"`, id: `"storyId"` },
  chapter: { view: `"ChapterView"`, target: `"Chapter"`, id: `"chapterId"` },
};

/**
 * One statement counts a whole batch of one kind: rows that overlap no counted window go in and move `readCount` and
 * `ViewHour`; the others are kept as repeats, once a minute a viewer, because reconcile may need them. The exclusion
 * constraint decides, across processes and without locks of ours (docs/decisions/0002). The day before's key is looked
 * up, so that midnight counts nobody twice. $1 target ids, $2 to $4 the viewer's keys (day, before, after), $5 times in ms or
 * null for now, $6 referrers, $7 devices, $8 window in ms, $9 the UTC day of the keys: "now" is kept within it, as the clocks of
 * Postgres and of this process may stand on two sides of midnight.
 */
const statement = (kind: TargetKind) => {
  const { view, target, id } = tables[kind];
  const detail =
    kind === "story"
      ? `, details AS (
  INSERT INTO "ViewDetailHour" ("storyId", hour, source, dimension, value, views)
  SELECT ${id}, date_trunc('hour', "viewedAt", 'UTC'), '${FALLBACK_SOURCE}', d.dimension, d.value, count(*)
  FROM counted CROSS JOIN LATERAL (VALUES ('referrer', counted.referrer), ('device', counted.device)) AS d(dimension, value)
  WHERE d.value IS NOT NULL GROUP BY 1, 2, 4, 5 ORDER BY 1, 2, 4, 5
  ON CONFLICT ("storyId", hour, source, dimension, value)
  DO UPDATE SET views = "ViewDetailHour".views + EXCLUDED.views)`
      : "";
  return `
WITH incoming AS (
  SELECT u.place, u.target, u.viewer, u.before, u.after, u.referrer, u.device,
    COALESCE(to_timestamp(u.at / 1000.0), LEAST(GREATEST(clock_timestamp(), to_timestamp($9 * 86400.0)),
      to_timestamp($9 * 86400.0 + 86399.999)))::timestamptz(3) AS at
  FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::text[], $7::text[])
    WITH ORDINALITY AS u(target, viewer, before, after, at, referrer, device, place)
), counted AS (
  INSERT INTO ${view} (${id}, viewer, "viewerBefore", "viewerAfter", "viewedAt", counted, "window", referrer, device)
  SELECT i.target, i.viewer, i.before, i.after, i.at, true,
    tstzrange(i.at, i.at + make_interval(secs => $8 / 1000.0)), i.referrer, i.device
  FROM incoming i
  WHERE NOT EXISTS (
    SELECT FROM ${view} other
    WHERE other.${id} = i.target AND other.viewer IN (i.before, i.after) AND other.viewer <> i.viewer
      AND other.counted AND other."window" && tstzrange(i.at, i.at + make_interval(secs => $8 / 1000.0)))
  ORDER BY i.target, i.viewer, i.at
  ON CONFLICT DO NOTHING
  RETURNING ${id}, viewer, "viewedAt", referrer, device
), repeats AS (
  INSERT INTO ${view} (${id}, viewer, "viewerBefore", "viewerAfter", "viewedAt", counted, "window")
  SELECT i.target, i.viewer, i.before, i.after, i.at, false,
    tstzrange(i.at, i.at + make_interval(secs => $8 / 1000.0))
  FROM incoming i
  WHERE NOT EXISTS (SELECT FROM counted c WHERE c.${id} = i.target AND c.viewer = i.viewer AND c."viewedAt" = i.at)
  ORDER BY i.target, i.viewer, i.at
  ON CONFLICT DO NOTHING
), hours AS (
  INSERT INTO "ViewHour" (kind, "targetId", hour, source, views)
  SELECT '${kind}', ${id}, date_trunc('hour', "viewedAt", 'UTC'), '${FALLBACK_SOURCE}', count(*)
  FROM counted GROUP BY 2, 3 ORDER BY 2, 3
  ON CONFLICT (kind, "targetId", hour, source) DO UPDATE SET views = "ViewHour".views + EXCLUDED.views
)${detail}, moved AS (
  UPDATE ${target} t SET "readCount" = t."readCount" + c.views
  FROM (SELECT ${id} AS id, count(*)::int AS views FROM counted GROUP BY 1) c
  WHERE t.id = c.id RETURNING t.id, t."readCount")
SELECT i.place::int, i.target, i.viewer,
  EXISTS (SELECT FROM counted c WHERE c.${id} = i.target AND c.viewer = i.viewer AND c."viewedAt" = i.at) AS counted,
  COALESCE(m."readCount", t."readCount", 0) AS "readCount"
FROM incoming i LEFT JOIN moved m ON m.id = i.target LEFT JOIN ${target} t ON t.id = i.target
ORDER BY i.place`;
};
const statements = { story: statement("story"), chapter: statement("chapter") };

interface Row {
  counted: boolean;
  readCount: number;
  target: number;
  viewer: string;
}

/**
 * Counting straight into Postgres, one row a counted view. A deadlock between two batches is Postgres's to break and
 * ours to try again; everything else rejects, and then nothing of that kind was counted.
 */
export function createDatabaseViews(
  pool: pg.Pool,
  window: DedupeWindow,
  now: () => number = Date.now,
): ViewStore {
  const boundedHost = boundHosts(now);

  async function count(kind: TargetKind, views: View[], verdicts: CountResult[][]) {
    const offers = views.flatMap((view, place) =>
      view.offers
        .filter((offer) => offer.kind === kind)
        .map((offer) => ({ view, offer, place, day: dayOf(view.at ?? now()) })),
    );
    // A statement does not see its own rows: views on two sides of midnight go one after the other.
    for (const day of [...new Set(offers.map((one) => one.day))].sort((a, b) => a - b))
      await countDay(
        kind,
        day,
        offers.filter((one) => one.day === day),
        verdicts,
      );
  }

  async function countDay(
    kind: TargetKind,
    day: number,
    offers: { view: View; offer: Offer; place: number }[],
    verdicts: CountResult[][],
  ) {
    const isStory = kind === "story";
    const values = [
      offers.map(({ offer }) => offer.id),
      offers.map(({ offer }) => offer.key(day)),
      offers.map(({ offer }) => offer.key(day - 1)),
      offers.map(({ offer }) => offer.key(day + 1)),
      offers.map(({ view }) => view.at ?? null),
      offers.map(({ view, offer }) => (isStory ? boundedHost(offer.id, view.referrer) : null)),
      offers.map(({ view }) => (isStory ? view.device : null)),
      window.length,
      day,
    ];
    const rows = await retryDeadlocks(() =>
      pool.query<Row>({ name: `count-${kind}`, text: statements[kind], values }),
    );
    const answered = new Set<string>();
    rows.rows.forEach((row, i) => {
      // Two views of one viewer in one batch may carry the same millisecond: one of them counted.
      const viewer = `${row.target}/${row.viewer}`;
      const counted = row.counted && !answered.has(viewer);
      if (counted) answered.add(viewer);
      const place = offers[i]?.place ?? 0;
      verdicts[place]?.push({ counted, count: row.readCount });
    });
  }

  return {
    async record(views) {
      const stories: CountResult[][] = views.map(() => []);
      const chapters: CountResult[][] = views.map(() => []);
      await count("chapter", views, chapters);
      await count("story", views, stories);
      return views.map((view, i) =>
        view.offers.map((offer) => {
          const verdict = (offer.kind === "story" ? stories : chapters)[i]?.shift();
          if (!verdict) throw new Error(`Postgres gave no verdict for ${targetKey(offer)}`);
          return verdict;
        }),
      );
    },
  };
}

/** The host, or "other" once this process has counted the most hosts of that story that an hour may have. */
function boundHosts(now: () => number) {
  let hour = 0;
  const hosts = new Map<number, Set<string>>();
  return (storyId: number, host: string): string => {
    if (hourOf(now()) !== hour) hosts.clear();
    hour = hourOf(now());
    const known = hosts.get(storyId) ?? new Set<string>();
    hosts.set(storyId, known);
    if (!known.has(host) && known.size >= MOST_REFERRERS) return "other";
    known.add(host);
    return host;
  };
}

async function retryDeadlocks<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isRetryable(error) || tries >= MOST_TRIES) throw error;
    }
  }
}
