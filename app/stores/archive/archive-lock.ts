import type pg from "pg";
import { ADVISORY_LOCKS } from "~/platform/advisory-locks";

/**
 * Runs work on the one connection that holds the archive's lock; a process that dies, or loses it, has lost the lock as well, and can
 * change nothing more. @returns null, without running anything, while another process holds it.
 */
export async function withArchiveLock<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T | null> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const { rows } = await client.query<{ got: boolean }>("SELECT pg_try_advisory_lock($1) AS got", [
      ADVISORY_LOCKS.archive,
    ]);
    if (!rows[0]?.got) return null;
    try {
      return await work(client);
    } finally {
      await client.query("SELECT pg_advisory_unlock($1)", [ADVISORY_LOCKS.archive]).catch((error: Error) => {
        broken = error;
      });
    }
  } finally {
    client.release(broken);
  }
}

/** Runs statements in one transaction on a connection that is already ours. Rejects, with nothing changed, when one fails. */
export async function inOne<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  try {
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    // What failed says why; a rollback that fails too means that the connection, and the transaction with it, is gone.
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
