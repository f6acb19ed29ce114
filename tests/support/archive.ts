import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type pg from "pg";

/** A scratch directory for an archive; `remove` deletes it. */
export function archiveFolder() {
  const dir = mkdtempSync(path.join(tmpdir(), "archive-test-"));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** The start of the month, UTC, that many months before this one. */
export function monthsAgo(months: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months));
}

const HOUR_MS = 3_600_000;

/** A view as a test plants it: `outage` rows are closed ones of the fallback. */
export interface PlantedView {
  kind: "story" | "chapter";
  target: number;
  at: Date;
  viewer?: string;
  counted?: boolean;
  outage?: boolean;
}

/** Views spread over a month, several in some hours, of both kinds and both origins. The same `seed` gives the same ones. */
export function someViews(
  month: Date,
  target: { story: number; chapter: number },
  count: number,
): PlantedView[] {
  return Array.from({ length: count }, (_, i) => ({
    kind: i % 3 === 0 ? "chapter" : "story",
    target: i % 3 === 0 ? target.chapter : target.story,
    at: new Date(month.getTime() + ((i * 7919) % (27 * 24)) * HOUR_MS + i),
    counted: i % 7 !== 3,
    outage: i % 5 === 4,
  }));
}

/** Writes rows, their hours and their counts, as the site would have. */
export async function plantViews(pool: pg.Pool, views: PlantedView[]) {
  for (const kind of ["story", "chapter"] as const) {
    const some = views.filter((view) => view.kind === kind);
    const table = kind === "story" ? "Story" : "Chapter";
    const columns = [
      some.map(({ target }) => target),
      some.map(({ viewer }) => viewer ?? randomBytes(6).toString("base64url")),
      some.map(({ at }) => at),
      some.map(({ counted = true }) => counted),
      some.map(({ outage = false }) => outage),
    ];
    await pool.query(
      `INSERT INTO "${table}View" ("${kind}Id", viewer, "viewedAt", counted, "window", "reconciledAt", referrer, device, decided)
       SELECT target, viewer, at, counted, CASE WHEN outage THEN tstzrange(at, at + interval '1 day') END,
         CASE WHEN outage THEN at + interval '2 days' END, 'search.example', 'mobile', outage
       FROM unnest($1::int[], $2::text[], $3::timestamptz[], $4::bool[], $5::bool[]) AS u(target, viewer, at, counted, outage)`,
      columns,
    );
    await pool.query(
      `INSERT INTO "ViewHour" AS h (kind, "targetId", hour, source, views)
       SELECT '${kind}', target, date_trunc('hour', at, 'UTC'), CASE WHEN outage THEN 'db' ELSE 'history' END, count(*)
       FROM unnest($1::int[], $2::timestamptz[], $3::bool[], $4::bool[]) AS u(target, at, counted, outage) WHERE counted
       GROUP BY 1, 2, 3, 4 ON CONFLICT (kind, "targetId", hour, source) DO UPDATE SET views = h.views + EXCLUDED.views`,
      [columns[0], columns[2], columns[3], columns[4]],
    );
    await pool.query(
      `UPDATE "${table}" t SET "readCount" = "readCount" + c.views
       FROM (SELECT target, count(*) AS views FROM unnest($1::int[], $2::bool[]) AS u(target, counted) WHERE counted GROUP BY 1) c
       WHERE t.id = c.target`,
      [columns[0], columns[3]],
    );
  }
}

/** Every row of views, as text, without how far its window was decided. */
export async function readRowsOfViews(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ row: string }>(
    `SELECT 'story ' || (to_jsonb(v) - 'decided')::text AS row FROM "StoryView" v
     UNION ALL SELECT 'chapter ' || (to_jsonb(v) - 'decided')::text FROM "ChapterView" v ORDER BY 1`,
  );
  return rows.map(({ row }) => row);
}

/** What must never change when rows leave or come back: read counts, history, totals of outages, windows. */
export async function readBooks(pool: pg.Pool) {
  const read = async (sql: string) => (await pool.query(sql)).rows;
  return {
    stories: await read(`SELECT id, "readCount", "syncedReads" FROM "Story" ORDER BY id`),
    chapters: await read(`SELECT id, "readCount", "syncedReads" FROM "Chapter" ORDER BY id`),
    hours: await read(`SELECT * FROM "ViewHour" ORDER BY kind, "targetId", hour, source`),
    details: await read(`SELECT * FROM "ViewDetailHour" ORDER BY "storyId", hour, source, dimension, value`),
    fallback: await read(`SELECT * FROM "FallbackCount" ORDER BY shard, slot`),
    windows: await read(`SELECT * FROM "StoryWindow" ORDER BY 1, 2`),
  };
}
