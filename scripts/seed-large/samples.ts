import type pg from "pg";
import { LATENCIES } from "../../prisma/seed/operations/latencies";
import type { History } from "./history";

/** Samples as housekeeping keeps them: seconds per row, and how many days back rows of that length begin. */
const LEVELS = [
  { span: 3600, fromDay: 730, untilDay: 14 },
  { span: 60, fromDay: 14, untilDay: 1 },
  { span: 10, fromDay: 1, untilDay: 0 },
];
const DAYS_PER_RELEASE = 7;
/** Days of mode changes that are kept (worker/retention). */
const MODES_KEPT_DAYS = 90;

/**
 * Writes what the processes would have reported, two years of it: `webs` web processes and a worker, with new names at each weekly
 * release, and where they counted. Their views are those of the temporary table `hourly`.
 */
export async function writeSamples(client: pg.ClientBase, { start, hours, outages }: History, webs: number) {
  const sum = LATENCIES.reduce((all, share) => all + share, 0);
  for (const { span, fromDay, untilDay } of LEVELS)
    await client.query(
      `WITH total AS (SELECT hour, sum(views)::float8 AS views FROM hourly GROUP BY 1),
       slot AS (
         SELECT hour, part, p AS place, views * $4 / 3600 / $5 * (0.9 + 0.2 * random()) AS share, hour = ANY($6::int[]) AS out,
           1000 * (hour / (24 * $7)) + 137 * p AS pid
         FROM total, generate_series(0, 3600 / $4 - 1) part, generate_series(0, $5::int) p WHERE hour >= $2 AND hour < $3
       )
       INSERT INTO "Sample" (at, span, process, role, redis, "database", duplicates, excluded, "latencyBuckets", mode, buffered, "lagSeconds", "judgedSeconds", "freshSeconds")
       SELECT $1::timestamptz + hour * interval '1 hour' + part * $4 * interval '1 s', $4,
         CASE WHEN place = 0 THEN 'worker-' ELSE 'web-' END || 'host' || place || '-' || (4000 + pid),
         CASE WHEN place = 0 THEN 'worker' ELSE 'web' END,
         CASE WHEN place = 0 OR out THEN 0 ELSE floor(share + random())::int END,
         CASE WHEN place > 0 AND out THEN floor(share + random())::int ELSE 0 END,
         CASE WHEN place = 0 THEN 0 ELSE floor(share * 0.6 + random())::int END,
         CASE WHEN place = 0 THEN 0 ELSE floor(share * 0.12 + random())::int END,
         CASE WHEN place = 0 THEN '{}' ELSE ARRAY[${LATENCIES.map((views) => `floor(share * ${((1.6 * views) / sum).toFixed(6)} + random())::int`).join(", ")}] END,
         CASE WHEN out THEN 'database' ELSE 'redis' END,
         CASE WHEN place = 0 AND NOT out THEN floor(share * $5 * (part + 1))::int END,
         CASE WHEN place = 0 AND NOT out THEN (part + 1) * $4 END,
         CASE WHEN place = 0 THEN $4 ELSE 0 END, CASE WHEN place = 0 THEN $4 ELSE 0 END
       FROM slot ORDER BY 1, place`,
      [start, hours - fromDay * 24, hours - untilDay * 24, span, webs, outages, DAYS_PER_RELEASE],
    );
  await writeModes(client, { start, hours, outages });
}

/** Each process's start, and the two moves of each outage. */
async function writeModes(
  client: pg.ClientBase,
  { start, hours, outages }: Pick<History, "start" | "hours" | "outages">,
) {
  const kept = outages.filter((hour) => hour >= hours - MODES_KEPT_DAYS * 24);
  await client.query(
    `INSERT INTO "ModeChange" (at, process, role, "from", "to", reason)
     SELECT * FROM (
       SELECT min(at) + interval '0.1 s' AS at, process, role, 'started' AS before, 'redis' AS now, 'process started' AS why
       FROM "Sample" WHERE at >= $1::timestamptz GROUP BY process, role
       UNION ALL
       SELECT o.at + move.after, p.process, p.role, move.before, move.now, move.why
       FROM unnest($2::timestamptz[]) AS o(at), (VALUES
         (interval '2 s', 'redis', 'database', 'Redis did not answer within 150 ms'),
         (interval '3599 s', 'database', 'redis', 'Redis answers again')) AS move(after, before, now, why),
         LATERAL (SELECT DISTINCT process, role FROM "Sample" s WHERE s.at >= o.at AND s.at < o.at + interval '1 hour') p
     ) moves ORDER BY at`,
    [
      new Date(start.getTime() + (hours - MODES_KEPT_DAYS * 24) * 3_600_000),
      kept.map((hour) => new Date(start.getTime() + hour * 3_600_000)),
    ],
  );
}
