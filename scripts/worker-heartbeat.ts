import pg from "pg";
import { readEnv } from "../app/platform/env";

/** The worker writes a sample every 10 s; a few may be late before anybody needs to know. */
const longestSilence = "1 minute";

/**
 * Exits with 0 if a worker has written a sample lately, else with 1 and one line: the health check of the worker's
 * container, which has no port to ask.
 */
async function main(): Promise<void> {
  const client = new pg.Client({ connectionString: readEnv().DATABASE_URL, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT max(at) AS last, coalesce(max(at) > now() - $1::interval, false) AS alive FROM "Sample" WHERE role = 'worker'`,
      [longestSilence],
    );
    const { last, alive } = rows[0];
    if (!alive)
      throw new Error(
        last ? `The worker was last heard at ${last.toISOString()}.` : "No worker was heard yet.",
      );
  } finally {
    await client.end();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
