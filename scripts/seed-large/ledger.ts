import type pg from "pg";
import { FALLBACK_SOURCE, HISTORY_SOURCE } from "../../app/tracker/source";
import { NO_DRIFT } from "../../prisma/seed/operations/syncs";
import type { History } from "./history";

/** The life of Redis in which all of these views were counted. */
const LIFE = "large";
/** How long buffers' totals, and runs of the sync, are kept (worker/retention, pruneLedger). */
const KEPT_DAYS = 90;
/** A life that ended more than eight days ago is closed: today's Redis, which has none of its views, has not lost them. */
const LIFE_ENDED_DAYS = 9;
/** Of so many fallback views, one had been counted by Redis too, and was retracted. */
const RETRACTED_SHARE = 0.02;

/**
 * Writes what must add up with the hours of views: the rows of outages, the totals per shard and life, and what each sync stored.
 * The temporary table `hourly` then has the views per hour, shard and source.
 */
export async function writeLedger(client: pg.ClientBase, history: History) {
  const { start, end, outages } = history;
  await client.query(
    `CREATE TEMP TABLE hourly ON COMMIT DROP AS
     SELECT v.hour, t.shard,
       CASE WHEN source IN ('${FALLBACK_SOURCE}', '${HISTORY_SOURCE}') THEN source ELSE 'redis' END AS source,
       sum(views)::bigint AS views, count(*)::int AS targets
     FROM view v JOIN target t USING (kind, id) GROUP BY 1, 2, 3`,
  );
  await client.query("ANALYZE hourly");
  for (const [kind, table, column] of [
    ["story", "StoryView", "storyId"],
    ["chapter", "ChapterView", "chapterId"],
  ])
    await client.query(
      `INSERT INTO "${table}" ("${column}", viewer, "viewedAt", counted, "window", referrer, device, "reconciledAt", "retractedAt")
       SELECT id, viewer, at, NOT retracted, tstzrange(at, at + interval '24 hours'), 'direct', 'mobile', reconciled,
         CASE WHEN retracted THEN reconciled END
       FROM (
         SELECT h."targetId" AS id, h.hour + random() * interval '3599 s' AS at, n > h.views AS retracted,
           h.hour + interval '3 hours' AS reconciled, left(md5(h."targetId" || ' ' || h.hour || ' ' || n), 8) AS viewer
         FROM unnest($2::timestamptz[]) AS outage(hour) JOIN "ViewHour" h ON h.hour = outage.hour AND h.source = '${FALLBACK_SOURCE}'
           JOIN target t ON t.kind = h.kind AND t.id = h."targetId",
           generate_series(1, h.views + floor(h.views * ${RETRACTED_SHARE} + random())::int) n
         WHERE h.kind = $1
       ) r ORDER BY at`,
      [kind, outages.map((hour) => new Date(start.getTime() + hour * 3_600_000))],
    );
  // The views of outages by shard: counted, and of those retracted.
  await client.query(
    `INSERT INTO "FallbackCount" AS f (shard, slot, counted, retracted, moved)
     SELECT shard, 0, count(*), count(*) FILTER (WHERE "retractedAt" IS NOT NULL), count(*) FILTER (WHERE counted)
     FROM (
       SELECT t.shard, v.counted, v."retractedAt" FROM "StoryView" v JOIN target t ON t.kind = 'story' AND t.id = v."storyId"
       UNION ALL
       SELECT t.shard, v.counted, v."retractedAt" FROM "ChapterView" v JOIN target t ON t.kind = 'chapter' AND t.id = v."chapterId"
     ) rows GROUP BY shard
     ON CONFLICT (shard, slot) DO UPDATE SET counted = f.counted + EXCLUDED.counted,
       retracted = f.retracted + EXCLUDED.retracted, moved = f.moved + EXCLUDED.moved`,
  );
  await client.query(
    `INSERT INTO "RedisLedger" (shard, ledger, accepted, synced, survived, "firstAt", "seenAt", "endedAt")
     SELECT shard, '${LIFE}', sum(views), sum(views), 0, $1::timestamptz, $2::timestamptz, $2::timestamptz - interval '${LIFE_ENDED_DAYS} days'
     FROM hourly WHERE source = 'redis' GROUP BY shard`,
    [start, end],
  );
  await client.query(
    `INSERT INTO "SyncedBuffer" (birth, shard, ledger, hour, views, writes, "movedAt")
     SELECT left(md5(shard || ' ' || hour), 16), shard, '${LIFE}', $1::timestamptz + hour * interval '1 hour', views, views,
       $1::timestamptz + (hour + 1) * interval '1 hour'
     FROM hourly WHERE source = 'redis' AND hour >= $2`,
    [start, history.hours - KEPT_DAYS * 24],
  );
  await writeSyncs(client, history);
  await client.query(
    `UPDATE "HistoryCheck" SET kind = 'story', "afterId" = 0, mismatched = 0, result = 0, "finishedAt" = $1`,
    [end],
  );
}

/** A sync per hour: the runs of the last 90 days, and the ledger that each stored, as far as both are kept. */
async function writeSyncs(client: pg.ClientBase, { start, hours }: History) {
  await client.query(
    `INSERT INTO "SyncRun" (trigger, "startedAt", "endedAt", targets, views, error, shards)
     SELECT 'schedule', at, at + (0.8 + random() * 4) * interval '1 s', CASE WHEN failed THEN 0 ELSE targets END,
       CASE WHEN failed THEN 0 ELSE views END, CASE WHEN failed THEN 'Redis did not answer within 5000 ms' END, shards
     FROM (
       SELECT $1::timestamptz + (hour + 1) * interval '1 hour' + interval '2 s' AS at, sum(targets)::int AS targets, sum(views)::int AS views,
         hour % 331 = 7 AS failed,
         jsonb_agg(jsonb_build_object('shard', shard, 'targets', targets, 'views', views, 'orphans', 0) ORDER BY shard) AS shards
       FROM hourly WHERE source = 'redis' AND hour >= $2 GROUP BY hour
     ) s ORDER BY at`,
    [start, hours - KEPT_DAYS * 24],
  );
  await client.query(
    `INSERT INTO "LedgerEntry" (at, accepted, synced, buffered, fallback, journalled, retracted, "knownLost", drift, parts)
     SELECT $1::timestamptz + (hour + 1) * interval '1 hour' + interval '5 s', synced + counted, synced, 0, counted + retracted, 0, retracted, 0, 0,
       '${NO_DRIFT}'
     FROM (
       SELECT hour, sum(sum(views) FILTER (WHERE source = 'redis')) OVER w AS synced,
         COALESCE(sum(sum(views) FILTER (WHERE source = '${FALLBACK_SOURCE}')) OVER w, 0) AS counted,
         CASE WHEN hour = max(hour) OVER () THEN (SELECT sum(retracted) FROM "FallbackCount") ELSE 0 END AS retracted
       FROM hourly WHERE source <> '${HISTORY_SOURCE}' GROUP BY hour WINDOW w AS (ORDER BY hour)
     ) e WHERE hour >= $2 OR hour % 24 = 23 ORDER BY 1`,
    [start, hours - KEPT_DAYS * 24],
  );
}
