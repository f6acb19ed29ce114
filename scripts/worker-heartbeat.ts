import pg from "pg";
import { readEnv } from "../app/platform/env";

/** The worker writes a sample every 10 s; a few may be late before this is a failure. */
const longestSilence = "1 minute";

/**
 * The health check of the worker's container, which has no port to ask. Exits with 0 if a worker has written a sample recently,
 * else with 1 and one line.
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
        last
          ? `The last sample of a worker is from ${last.toISOString()}.`
          : "No worker has written a sample yet.",
      );
  } finally {
    await client.end();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
