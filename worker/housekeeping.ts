import type pg from "pg";
import { createChannelSecrets, sealChannels } from "../app/alerts/channel-secrets";
import { forgetLogInTries } from "../app/auth/log-in-tries";
import { resealSecondFactors, SECOND_FACTOR_BOX } from "../app/auth/second-factor";
import { every } from "../app/platform/every";
import { createSecretBox } from "../app/platform/secret-box";
import type { Runtime } from "../app/runtime/create-runtime";
import { closeRowsWithoutRedis } from "../app/stores/postgres/fallback-rows";
import { forgetViewers } from "../app/stores/postgres/forget-viewers";
import { forgetWindows } from "../app/stores/postgres/forget-windows";
import { closeIdleImports } from "../app/stores/postgres/imports/import-memory";
import { pruneLedger } from "../app/telemetry/ledger/prune-ledger";
import { rollUpExclusions } from "../app/telemetry/roll-up/exclusions";
import { rollUpSamples } from "../app/telemetry/roll-up/samples";
import { rollUpViews } from "../app/telemetry/roll-up/views";
import { DAY_MS, dayOf, HOUR_MS } from "../app/tracker/window";
import { pruneOldRows } from "./retention";

const EVERY_MS = 10 * 60_000;

/** Samples are thinned as they age: those older than `olderThan` (ms) become spans of `span` seconds. */
const THINNING = [
  { olderThan: DAY_MS, span: 60 },
  { olderThan: 14 * DAY_MS, span: 3600 },
] as const;
/** Totals per minute are needed as long as there are samples of a minute. */
const MINUTES_KEPT_MS = 15 * DAY_MS;

/**
 * Starts the periodic work that no request waits for: salts, expired sessions, old samples and other old rows and, on a site
 * without Redis, rows whose window is over. Readers' keys are forgotten too. @returns a function that stops it.
 */
export function startHousekeeping(runtime: Runtime): () => Promise<void> {
  const { log, salts, sessions, db, pools, window, env } = runtime;
  const channelSecrets = createChannelSecrets(env.SESSION_SECRET);
  const secondFactorBox = createSecretBox(env.SESSION_SECRET, SECOND_FACTOR_BOX);
  return every(
    EVERY_MS,
    async () => {
      await salts.ready(dayOf(Date.now()));
      // A view is looked up under the keys of its own day and of the days that its window reaches back to.
      await salts.forget(window.daysBefore);
      if (!runtime.redisViews) await closeRowsWithoutRedis(pools.work, window);
      await forgetWindows(pools.work);
      await forgetViewers(pools.work, window);
      await closeIdleImports(pools.work);
      await sessions.deleteExpired();
      await forgetLogInTries(pools.work);
      await sealChannels(db, channelSecrets);
      // With one secret, there is no other one that could have sealed them.
      if (env.SESSION_SECRET.length > 1) await resealSecondFactors(db, secondFactorBox);
      await db.processState.deleteMany({ where: { seenAt: { lt: new Date(Date.now() - DAY_MS) } } });
      // Before they are thinned, though hours have the same sums after it.
      await rollUpSamples(pools.work);
      await rollUpExclusions(pools.work);
      await rollUpViews(pools.work);
      for (const { olderThan, span } of THINNING)
        await thinSamples(pools.work, new Date(Date.now() - olderThan), span);
      const days = runtime.settings.current().retention;
      const kept = new Date(Date.now() - days.samples * DAY_MS);
      await db.sample.deleteMany({ where: { at: { lt: kept } } });
      const minutesKept = new Date(Date.now() - MINUTES_KEPT_MS);
      await db.sampleTotal.deleteMany({
        where: { OR: [{ at: { lt: kept } }, { span: 60, at: { lt: minutesKept } }] },
      });
      await db.presence.deleteMany({ where: { to: { lt: kept } } });
      await pruneOldRows(pools.work, days);
      await pruneLedger(pools.work);
    },
    (error) => log.warn({ error: error.message }, "housekeeping failed and will be retried"),
  );
}

/**
 * Replaces the samples of one process, role and mode in each span with their sum, latency bucket by latency bucket. It is one
 * statement, so a run that is cut short changes nothing. Percentiles do not add up: those of old rows are dropped.
 */
export async function thinSamples(pool: pg.Pool, before: Date, span: number) {
  const limit = new Date(Math.floor(before.getTime() / HOUR_MS) * HOUR_MS);
  await pool.query(
    `WITH old AS (DELETE FROM "Sample" WHERE at < $1 AND span < $2 RETURNING *),
     binned AS (
       SELECT *, date_bin(make_interval(secs => $2), at, TIMESTAMPTZ '2000-01-01 00:00:00+00') AS bin FROM old
     ), latencies AS (
       SELECT bin, process, role, mode, array_agg(views ORDER BY place) AS latency
       FROM (
         SELECT bin, process, role, mode, place, sum(views)::int AS views
         FROM binned, unnest("latencyBuckets") WITH ORDINALITY AS bucket(views, place)
         GROUP BY bin, process, role, mode, place
       ) AS summed GROUP BY bin, process, role, mode
     )
     INSERT INTO "Sample" (at, span, process, role, redis, "database", journal, duplicates, excluded, failed, journalled,
       "latencyBuckets", mode, buffered, "lagSeconds", "judgedSeconds", "freshSeconds")
     SELECT bin, $2, process, role,
       sum(redis), sum("database"), sum(journal), sum(duplicates), sum(excluded), sum(failed), max(journalled),
       COALESCE(latency, '{}'), mode, max(buffered), max("lagSeconds"), sum("judgedSeconds"), sum("freshSeconds")
     FROM binned LEFT JOIN latencies USING (bin, process, role, mode) GROUP BY bin, process, role, mode, latency`,
    [limit, span],
  );
}
