import { createHash } from "node:crypto";
import type pg from "pg";
import type { CountView } from "../../app/ingest/view-request";
import { createFallbackRows } from "../../app/stores/postgres/fallback-rows";
import { createMarks } from "../../app/stores/postgres/marks";
import type { RedisViews } from "../../app/stores/redis/redis-views";
import type { Counts } from "../../app/tracker/hour-buffer";
import type { Outcome } from "../../app/tracker/outcome";
import type { BufferWalk } from "../../app/tracker/ports";
import { reconcileRows } from "../../app/tracker/reconcile";
import { syncBuffers } from "../../app/tracker/sync";
import { planWindow } from "../../app/tracker/window";

/** The user agent of an ordinary browser. */
export const AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/** A reader's address; each name is another network. */
export const addressOf = (reader: string | number) =>
  `2001:db8:${createHash("sha256").update(String(reader)).digest("hex").slice(0, 8).replace(/.{4}/, "$&:")}::7`;

/** Counts a reader's view with `countView`, as the view endpoint does for a request. */
export async function readAs(
  countView: CountView,
  slug: string,
  reader: string | number,
  chapter?: number,
): Promise<Outcome> {
  const headers: Record<string, string> = { "user-agent": AGENT };
  const { outcome } = await countView({
    requestId: "a request of the tests",
    slug,
    chapter,
    header: (name) => headers[name],
    address: addressOf(reader),
  });
  return outcome;
}

/** Does what happens once Redis is back: reconcile, then sync. Rejects when a shard fails. */
export async function quiesce(pool: pg.Pool, redis: RedisViews): Promise<void> {
  const window = planWindow(24, 6, "request");
  const { errors } = await reconcileRows(redis, createFallbackRows(pool, window));
  if (errors[0]) throw errors[0];
  const failed = (await syncBuffers(redis, createMarks(pool))).find((report) => report.error !== null);
  if (failed) throw new Error(`shard ${failed.shard}: ${failed.error}`);
}

/** All counters of a buffer in Redis. */
export async function countsOf(redis: BufferWalk, shard: number, birth: string): Promise<Counts> {
  const all: Counts = new Map();
  for await (const counts of redis.walk(shard, birth))
    for (const [field, count] of counts) all.set(field, count);
  return all;
}

/** A story's sums: `readCount` and the hourly history, which must be equal, and its counted and retracted fallback rows. */
export async function sumsOf(pool: pg.Pool, slug: string) {
  const { rows } = await pool.query<{ readCount: number; history: number; rows: number; retracted: number }>(
    `SELECT s."readCount",
       (SELECT COALESCE(sum(views), 0)::int FROM "ViewHour" h WHERE h.kind = 'story' AND h."targetId" = s.id) AS history,
       (SELECT count(*)::int FROM "StoryView" v WHERE v."storyId" = s.id AND v.counted) AS rows,
       (SELECT count(*)::int FROM "StoryView" v WHERE v."storyId" = s.id AND v."retractedAt" IS NOT NULL) AS retracted
     FROM "Story" s WHERE s.slug = $1`,
    [slug],
  );
  const [sums] = rows;
  if (!sums) throw new Error(`there is no story ${slug}`);
  return sums;
}
