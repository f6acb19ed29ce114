import type pg from "pg";

/** How often the rules are evaluated at least, ms; one of all processes does it. */
export const EVALUATE_EVERY_MS = 15_000;

/** The row about the last evaluation, as far as it decides when the next one is due. */
interface LastEvaluation {
  at: Date;
  nextAt: Date;
  modeChangeId: bigint;
}

/**
 * Whether an evaluation is due: its time has come, a web process has changed where it counts, or there has been none. A last one in the
 * future means that a clock was set back. Pure.
 */
export const isDue = (last: LastEvaluation | null, newestModeChange: bigint, now: Date): boolean =>
  last === null ||
  last.nextAt <= now ||
  newestModeChange > last.modeChangeId ||
  last.at.getTime() - now.getTime() > EVALUATE_EVERY_MS;

/** Every process asks this every second. Past Prisma, as everything that is polled; answered from the ends of two indexes. */
const POLL = {
  name: "evaluation-due",
  text: `SELECT (SELECT max("id")::text FROM "ModeChange") AS newest, r.at, r."nextAt", r."modeChangeId"::text AS seen
    FROM (SELECT 1) AS one LEFT JOIN "AlertRound" r ON r.id = 1`,
};

/** Asks Postgres whether an evaluation is due. Rejects when it does not answer. */
export async function pollEvaluationDue(pool: Pick<pg.Pool, "query">, now: Date): Promise<boolean> {
  const { rows } = await pool.query<{
    newest: string | null;
    at: Date | null;
    nextAt: Date | null;
    seen: string | null;
  }>(POLL);
  const row = rows[0];
  const last =
    row?.at && row.nextAt && row.seen !== null
      ? { at: row.at, nextAt: row.nextAt, modeChangeId: BigInt(row.seen) }
      : null;
  return isDue(last, BigInt(row?.newest ?? 0), now);
}

/** When the rules must be evaluated next: after the usual time, or earlier if an alert fires or resolves before. Pure. */
export const nextEvaluationAt = (due: readonly (Date | null)[], now: Date, everyMs: number): Date =>
  due.reduce<Date>(
    (earliest, at) => (at && at > now && at < earliest ? at : earliest),
    new Date(now.getTime() + everyMs),
  );
