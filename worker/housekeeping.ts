import { every } from "../app/platform/every";
import type { Runtime } from "../app/runtime/create-runtime";
import { DAY_MS, dayOf, HOUR_MS } from "../app/tracker/window";

const EVERY_MS = 10 * 60_000;

/** Samples are thinned as they age: [older than, to spans of seconds]. */
const THINNING = [
  { olderThan: DAY_MS, span: 60 },
  { olderThan: 14 * DAY_MS, span: 3600 },
] as const;
/** Hourly samples of two years are 17,520 rows a process. */
const SAMPLES_KEPT_MS = 730 * DAY_MS;

/** What must be done now and then and belongs to no request: salts, expired sessions, old samples. @returns what stops it. */
export function startHousekeeping(runtime: Runtime): () => Promise<void> {
  const { log, salts, sessions, db } = runtime;
  return every(
    EVERY_MS,
    async () => {
      const today = dayOf(Date.now());
      await salts.ready(today);
      await salts.forget(today);
      await sessions.deleteExpired();
      await db.processState.deleteMany({ where: { seenAt: { lt: new Date(Date.now() - DAY_MS) } } });
      for (const { olderThan, span } of THINNING)
        await thinSamples(runtime, new Date(Date.now() - olderThan), span);
      await db.sample.deleteMany({ where: { at: { lt: new Date(Date.now() - SAMPLES_KEPT_MS) } } });
    },
    (error) => log.warn({ error: error.message }, "housekeeping waits for Postgres"),
  );
}

/**
 * Replaces the samples of one process, role and mode in each span by their sum, in one statement: a run cut short leaves
 * them as they were. Latencies keep their highest p99 and the p50 weighted by views.
 */
async function thinSamples({ pool }: Runtime, before: Date, span: number) {
  const limit = new Date(Math.floor(before.getTime() / HOUR_MS) * HOUR_MS);
  await pool.query(
    `WITH old AS (DELETE FROM "Sample" WHERE at < $1 AND span < $2 RETURNING *)
     INSERT INTO "Sample" (at, span, process, role, redis, "database", journal, duplicates, excluded, failed, journalled,
       "latencyP50Us", "latencyP99Us", mode, buffered, "lagSeconds")
     SELECT date_bin(make_interval(secs => $2), at, TIMESTAMPTZ '2000-01-01 00:00:00+00') AS bin, $2, process, role,
       sum(redis), sum("database"), sum(journal), sum(duplicates), sum(excluded), sum(failed), max(journalled),
       (sum("latencyP50Us"::bigint * (redis + "database" + journal + duplicates + 1))
         / nullif(sum(redis + "database" + journal + duplicates + 1) FILTER (WHERE "latencyP50Us" IS NOT NULL), 0))::int,
       max("latencyP99Us"), mode, max(buffered), max("lagSeconds")
     FROM old GROUP BY bin, process, role, mode`,
    [limit, span],
  );
}
