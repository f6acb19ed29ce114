import type pg from "pg";
import { isRetryable } from "./sql-errors";

const MAX_TRIES = 5;

/**
 * Runs statements in one transaction, and retries from the start after a deadlock; rejects with any other error. The pool's
 * deadlines bound every wait in it, for a connection, a lock or an answer (docs/decisions/0016).
 */
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
      // A connection that could not even roll back, or that was given up, is not returned to the pool.
      client.release(broken);
    }
  }
}
