import type pg from "pg";
import { ADVISORY_LOCKS } from "~/platform/advisory-locks";
import { LATENCY_BOUNDS_US } from "~/shared/histogram";
import { inTransaction } from "~/stores/postgres/transaction";
import { DAY_MS, HOUR_MS } from "~/tracker/window";
import { SILENT_AFTER_SECONDS } from "../processes";
import { recordUntil, takeTurn } from "./until";

/** A process keeps its samples for up to an hour while Postgres is unreachable, so an hour of samples is complete two hours later. */
const COMPLETE_AFTER_MS = 2 * HOUR_MS;
/** The first round of an old site has two years to add up: a transaction takes this much, ms. */
const STEP_MS = 7 * DAY_MS;

/** The sum of each latency bucket of some rows, place by place: several times as fast as unnesting them. */
export const bucketSums = (filter = "") =>
  `ARRAY[${LATENCY_BOUNDS_US.concat(Number.POSITIVE_INFINITY)
    .map((_, place) => `COALESCE(sum("latencyBuckets"[${place + 1}])${filter}, 0)`)
    .join(", ")}]`;

/**
 * Adds up the samples of every hour that is complete, per minute, hour and day, and notes when processes reported. A total does not
 * change any more: a sample that arrives later is not in it. One process at a time does it; others return. A run that is cut
 * short continues next time.
 */
export async function rollUpSamples(pool: pg.Pool): Promise<void> {
  while (await inTransaction(pool, rollUpSome));
}

/** @returns whether there is more. */
async function rollUpSome(client: pg.PoolClient): Promise<boolean> {
  const turn = await takeTurn(client, ADVISORY_LOCKS.rollUp, "samples");
  if (!turn) return false;
  const from = turn.until?.getTime() ?? (await firstHour(client));
  const end = Math.floor((turn.now.getTime() - COMPLETE_AFTER_MS) / HOUR_MS) * HOUR_MS;
  if (from === null || from >= end) return false;
  const to = Math.min(from + STEP_MS, end);
  const range = [new Date(from), new Date(to)];
  await client.query(addUp("Sample", 60, "at >= $1 AND at < $2 AND span <= 60"), range);
  await client.query(addUp("Sample", 3600, "at >= $1 AND at < $2"), range);
  const days = `span = 3600 AND at >= date_trunc('day', $1::timestamptz, 'UTC') AND at < date_trunc('day', $2::timestamptz, 'UTC')`;
  await client.query(addUp("SampleTotal", 86_400, days), range);
  await client.query(addPresences, range);
  await recordUntil(client, "samples", new Date(to));
  return to < end;
}

const UNITS = { 60: "minute", 3600: "hour", 86400: "day" } as const;

/** Adds rows of a table up to rows of this many seconds. Only web processes' samples have views. */
function addUp(from: "Sample" | "SampleTotal", span: keyof typeof UNITS, condition: string): string {
  const web = from === "Sample" ? " FILTER (WHERE role = 'web')" : "";
  const paths = ["redis", '"database"', "journal", "duplicates", "excluded", "failed"];
  return `INSERT INTO "SampleTotal" (span, at, reports, ${paths.join(", ")}, "latencyBuckets", buffered, "lagSeconds",
      "judgedSeconds", "freshSeconds")
    SELECT ${span}, date_trunc('${UNITS[span]}', at, 'UTC'), ${from === "Sample" ? `count(*)${web}` : "sum(reports)"},
      ${paths.map((path) => `COALESCE(sum(${path})${web}, 0)`).join(", ")}, ${bucketSums(web)},
      max(buffered), max("lagSeconds") FILTER (WHERE buffered IS NOT NULL), sum("judgedSeconds"), sum("freshSeconds")
    FROM "${from}" WHERE ${condition} GROUP BY 2`;
}

async function firstHour(client: pg.ClientBase): Promise<number | null> {
  const { rows } = await client.query<{ at: Date | null }>(
    `SELECT date_trunc('hour', min(at), 'UTC') AS at FROM "Sample"`,
  );
  return rows[0]?.at?.getTime() ?? null;
}

/** Spans without a gap, as SQL over the samples of one condition: process, role, from, to. */
export const presencesIn = (condition: string) => `
  SELECT process, role, min(at) AS "from", max(until) AS "to"
  FROM (
    SELECT *, count(*) FILTER (WHERE before IS NULL OR at - before > make_interval(secs => ${SILENT_AFTER_SECONDS}))
      OVER (PARTITION BY process ORDER BY at, until) AS stretch
    FROM (
      SELECT process, role, at, at + make_interval(secs => span) AS until,
        lag(at + make_interval(secs => span)) OVER (PARTITION BY process ORDER BY at, id) AS before
      FROM "Sample" WHERE ${condition}
    ) reports
  ) stretches GROUP BY process, role, stretch`;

const addPresences = `
WITH found AS (${presencesIn("at >= $1 AND at < $2")}), extended AS (
  UPDATE "Presence" p SET "to" = GREATEST(p."to", f."to") FROM found f
  WHERE p.process = f.process AND p."to" >= f."from" - make_interval(secs => ${SILENT_AFTER_SECONDS})
  RETURNING f.process, f."from"
)
INSERT INTO "Presence" (process, role, "from", "to")
SELECT process, role, "from", "to" FROM found f
WHERE NOT EXISTS (SELECT FROM extended e WHERE e.process = f.process AND e."from" = f."from")`;
