import type pg from "pg";
import { ADVISORY_LOCKS } from "~/platform/advisory-locks";
import { inTransaction } from "~/stores/postgres/transaction";
import { DAY_MS } from "~/tracker/window";
import { recordUntil, takeTurn } from "./until";

/** A transaction that wrote exclusions may have started this long, minutes, before it was committed; its deadline is one minute. */
const UNCOMMITTED_MINUTES = 5;

/**
 * The hours whose exclusions may have changed since they were added up at time $1, as SQL: those of buffers that the sync has moved
 * since, and the hours since then, which are counted in Postgres directly. All of them when nothing was ever added up.
 */
export const staleHours = (since: string) => `
  SELECT hour FROM "SyncedBuffer" WHERE "movedAt" > ${since} - interval '${UNCOMMITTED_MINUTES} minutes'
  UNION
  SELECT generate_series(date_trunc('hour', ${since} - interval '${UNCOMMITTED_MINUTES} minutes', 'UTC'), now(), interval '1 hour')`;

/** The first round of an old site has years to add up: a transaction takes so many days. */
const FIRST_ROUND_DAYS = 30;

const addUp = (condition: string) =>
  `INSERT INTO "ExclusionHour" (hour, reason, views)
   SELECT hour, value, sum(views) FROM "ViewDetailHour" WHERE dimension = 'excluded' AND ${condition} GROUP BY 1, 2
   ON CONFLICT (hour, reason) DO UPDATE SET views = EXCLUDED.views`;

/**
 * Adds up why visits were not counted, over all stories, for the hours that have changed since the last time. One process at a time
 * does it; others return. A first round that is cut short starts again.
 */
export async function rollUpExclusions(pool: pg.Pool): Promise<void> {
  const first = await inTransaction(pool, async (client) => {
    const turn = await takeTurn(client, ADVISORY_LOCKS.rollUp, "exclusions");
    if (!turn) return null;
    if (turn.until === null) return turn.now;
    await client.query(addUp(`hour IN (${staleHours("$1::timestamptz")})`), [turn.until]);
    await recordUntil(client, "exclusions", turn.now);
    return null;
  });
  if (first) await addUpEverything(pool, first);
}

async function addUpEverything(pool: pg.Pool, now: Date) {
  const { rows } = await pool.query<{ at: Date | null }>(
    `SELECT min(hour) AS at FROM "ViewDetailHour" WHERE dimension = 'excluded'`,
  );
  const step = FIRST_ROUND_DAYS * DAY_MS;
  for (let from = rows[0]?.at?.getTime() ?? now.getTime(); from <= now.getTime(); from += step)
    await pool.query(addUp("hour >= $1 AND hour < $2"), [new Date(from), new Date(from + step)]);
  await inTransaction(pool, (client) => recordUntil(client, "exclusions", now));
}
