import pg from "pg";
import { ADVISORY_LOCKS } from "../app/platform/advisory-locks";
import { demoAccounts } from "./seed/people";

export interface SeedOptions {
  onProgress?: (line: string) => void;
  /** Rounded down, to the minute for the demo and to the hour for tests. The result depends only on this and the other options. */
  now?: Date;
  /** "small" has four stories, one draft and five weeks of history, for tests. */
  size?: "demo" | "small";
  /** Whether operators' pages have a past too: samples, syncs, alerts, drills and an audit of 90 days. By default, the demo does. */
  operations?: boolean;
}

export interface SeedResult {
  seeded: boolean;
  /** The demo accounts that exist, at most one per role. */
  accounts: { role: string; email: string; password: string }[];
}

/**
 * Fills an empty database with a demo site; a database with users is left alone. It is one transaction, so an interrupted
 * seed leaves nothing behind and the next start seeds again.
 */
export async function seed(databaseUrl: string, options: SeedOptions = {}): Promise<SeedResult> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query("BEGIN");
    await client.query("SELECT pg_advisory_xact_lock($1)", [ADVISORY_LOCKS.seed]);
    const seeded = !(await hasUsers(client));
    if (seeded) {
      // Loaded only when needed: every other start would pay for reading the stories' prose.
      await client.query("SET LOCAL tidemark.import = 'on'");
      const { fill } = await import("./seed/fill");
      await fill(client, options);
    }
    const accounts = await existingAccounts(client);
    await client.query("COMMIT");
    return { seeded, accounts };
  } finally {
    // Ends an open transaction too: Postgres rolls back when the connection closes.
    await client.end();
  }
}

async function hasUsers(client: pg.Client) {
  const { rowCount } = await client.query(`SELECT 1 FROM "User" LIMIT 1`);
  return rowCount !== 0;
}

async function existingAccounts(client: pg.Client) {
  const { rows } = await client.query<{ email: string }>(
    `SELECT "email" FROM "User" WHERE "email" = ANY($1)`,
    [demoAccounts.map((account) => account.email)],
  );
  return demoAccounts.filter((account) => rows.some((row) => row.email === account.email));
}
