import type pg from "pg";

/** How often a client has tried to log in, and when the count starts again. */
export interface LogInTries {
  tries: number;
  resetAt: Date;
}

/** Counts another try of a client, in all web processes together: the first one opens a window of `windowMs`. */
export async function addLogInTry(pool: pg.Pool, client: Buffer, windowMs: number): Promise<LogInTries> {
  const { rows } = await pool.query<LogInTries>(
    `INSERT INTO "LogInTry" AS t (client, tries, "resetAt")
     VALUES ($1, 1, clock_timestamp() + make_interval(secs => $2))
     ON CONFLICT (client) DO UPDATE SET
       tries = CASE WHEN t."resetAt" > clock_timestamp() THEN t.tries + 1 ELSE 1 END,
       "resetAt" = CASE WHEN t."resetAt" > clock_timestamp() THEN t."resetAt" ELSE EXCLUDED."resetAt" END
     RETURNING tries, "resetAt"`,
    [client, windowMs / 1000],
  );
  const [row] = rows;
  if (!row) throw new Error("the log-in was not counted");
  return row;
}

/** Takes a try back: it was a success. */
export async function removeLogInTry(pool: pg.Pool, client: Buffer): Promise<void> {
  await pool.query(`UPDATE "LogInTry" SET tries = tries - 1 WHERE client = $1 AND tries > 0`, [client]);
}

/** Deletes the counts of windows that are over. */
export async function forgetLogInTries(pool: pg.Pool): Promise<void> {
  await pool.query(`DELETE FROM "LogInTry" WHERE "resetAt" < now()`);
}
