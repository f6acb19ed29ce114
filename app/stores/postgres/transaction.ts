import type pg from "pg";

const DEADLOCK = "40P01";
const SERIALIZATION_FAILURE = "40001";
const MOST_TRIES = 5;

/** Runs statements in one transaction, again from the start when Postgres broke a deadlock; rejects with everything else. */
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
      if (!isRetryable(error) || tries >= MOST_TRIES) throw error;
    } finally {
      // A connection that could not even roll back is not put back into the pool.
      client.release(broken);
    }
  }
}

/** True for a failure after which nothing of the statement stands and trying again is right. */
export const isRetryable = (error: unknown) =>
  [DEADLOCK, SERIALIZATION_FAILURE].includes((error as { code?: string }).code ?? "");
