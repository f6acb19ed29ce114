import { randomBytes } from "node:crypto";
import type pg from "pg";
import { ADVISORY_LOCKS } from "~/platform/advisory-locks";
import { importSource } from "~/tracker/source";
import { DAY_MS } from "~/tracker/window";
import { recount } from "./recount";
import { deleteVisits } from "./visits";

type Client = Pick<pg.ClientBase, "query">;

/** What open imports share: readers are remembered across them, so that one who is in two files is one reader. */
export interface ImportMemory {
  salt: Buffer;
  windowMs: number;
  /** Whether the history has everything that the visits say. */
  counted: boolean;
}

/** Readers of imports are forgotten so long after the latest run. */
const KEPT_MS = 7 * DAY_MS;
/** The same, for people. */
export const KEPT_DAYS = KEPT_MS / DAY_MS;

/** Creates the salt of a new memory. */
export const newSalt = () => randomBytes(32);

/** Reads the memory of open imports; null while there is none. */
export async function readMemory(client: Client): Promise<ImportMemory | null> {
  const { rows } = await client.query<ImportMemory>(
    `SELECT salt, "windowMs"::float8 AS "windowMs", counted FROM "ImportMemory"`,
  );
  return rows[0] ?? null;
}

/** Writes a new memory, or notes that the present one is in use. */
export async function keepMemory(client: Client, { salt, windowMs }: ImportMemory): Promise<void> {
  await client.query(
    `INSERT INTO "ImportMemory" (salt, "windowMs") VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET "usedAt" = now()`,
    [salt, windowMs],
  );
}

/** Notes whether the history has everything that the visits say. Set to false in the transaction that changes visits. */
export const noteCounted = (client: Client, counted: boolean) =>
  client.query(`UPDATE "ImportMemory" SET counted = $1, "usedAt" = now() WHERE counted <> $1`, [counted]);

/** The imports that are open, also those that were undone since. */
export async function readOpenImports(client: Client): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `SELECT id FROM "ViewImport" WHERE "closedAt" IS NULL ORDER BY id`,
  );
  return rows.map(({ id }) => id);
}

/** A connection of a program that was killed a moment ago ends as soon as its statement does. */
export const LOCK_WAIT_MS = 10_000;
const LOCK_TRIES_EVERY_MS = 200;

/**
 * Runs `work` while no other program imports, on this site. @returns null, without having run it, when another one does, and goes on for
 * `waitMs`. The lock is a connection's: a program that dies gives it back.
 */
export async function whileNoneImports<T>(
  pool: pg.Pool,
  work: () => Promise<T>,
  waitMs = 0,
): Promise<{ result: T } | null> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    if (!(await takeLock(client, performance.now() + waitMs))) return null;
    try {
      return { result: await work() };
    } finally {
      await client
        .query("SELECT pg_advisory_unlock($1)", [ADVISORY_LOCKS.importViews])
        // Closing the connection gives the lock back, too.
        .catch((error: Error) => {
          broken = error;
        });
    }
  } finally {
    client.release(broken);
  }
}

async function takeLock(client: Client, until: number): Promise<boolean> {
  for (;;) {
    const { rows } = await client.query<{ got: boolean }>("SELECT pg_try_advisory_lock($1) AS got", [
      ADVISORY_LOCKS.importViews,
    ]);
    if (rows[0]?.got) return true;
    if (performance.now() >= until) return false;
    await new Promise((resolve) => setTimeout(resolve, LOCK_TRIES_EVERY_MS));
  }
}

/**
 * Closes all open imports: forgets their readers, for good. The counts stay. What a run that was cut short has left uncounted is
 * counted first. Expects the lock of imports; cut short, it goes on the next time. @returns how many were closed.
 */
export async function closeImports(pool: pg.Pool): Promise<number> {
  const memory = await readMemory(pool);
  if (!memory) return 0;
  if (!memory.counted) {
    await recount(pool, memory.windowMs, (await readOpenImports(pool)).map(importSource));
    await noteCounted(pool, true);
  }
  const { rowCount } = await pool.query(
    `UPDATE "ViewImport" SET "closedAt" = now() WHERE "closedAt" IS NULL`,
  );
  await deleteVisits(pool, null);
  await pool.query(`DELETE FROM "ImportMemory"`);
  return rowCount ?? 0;
}

/** Closes imports that were not run for a week. @returns how many were closed. */
export async function closeIdleImports(pool: pg.Pool): Promise<number> {
  const isIdle = async () => {
    const { rows } = await pool.query<{ idle: boolean }>(
      `SELECT "usedAt" < now() - $1 * interval '1 ms' AS idle FROM "ImportMemory"`,
      [KEPT_MS],
    );
    return rows[0]?.idle ?? false;
  };
  if (!(await isIdle())) return 0;
  const done = await whileNoneImports(pool, async () => ((await isIdle()) ? closeImports(pool) : 0));
  return done?.result ?? 0;
}
