import type pg from "pg";

const DEADLOCK = "40P01";
const SERIALIZATION_FAILURE = "40001";
const MAX_TRIES = 5;

/** Runs statements in one transaction, and retries from the start after a deadlock; rejects with any other error. */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query("BEGIN");
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    } catch (error) {
      await client.query("ROLLBACK").catch((rollback: Error) => {
        broken = rollback;
      });
      if (!isRetryable(error) || tries >= MAX_TRIES) throw error;
    } finally {
      // A connection that could not even roll back is not returned to the pool.
      client.release(broken);
    }
  }
}

/** True for a failure that left nothing of the statement behind, so that it is right to retry. */
export const isRetryable = (error: unknown) =>
  [DEADLOCK, SERIALIZATION_FAILURE].includes((error as { code?: string }).code ?? "");

/** True for a failure that concerns some rows of a statement: a value, a constraint, or a lock that another transaction holds. */
export const isAboutRows = (error: unknown) =>
  isRetryable(error) || /^(22|23|55P03)/.test((error as { code?: string }).code ?? "");
