import pg from "pg";
import { readEnv } from "../app/platform/env";
import { SILENT_AFTER_SECONDS } from "../app/telemetry/processes";

/**
 * The health check of the worker's container, which has no port to probe. Exits with 0 unless the worker is silent, else with
 * 1 and one line.
 */
async function main(): Promise<void> {
  const client = new pg.Client({ connectionString: readEnv().DATABASE_URL, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT last, coalesce(last > now() - make_interval(secs => $1), false) AS alive
       FROM (SELECT max(at + make_interval(secs => span)) AS last FROM "Sample" WHERE role = 'worker') AS report`,
      [SILENT_AFTER_SECONDS],
    );
    const { last, alive } = rows[0];
    if (!alive)
      throw new Error(
        last ? `The worker last reported at ${last.toISOString()}.` : "No worker has reported yet.",
      );
  } finally {
    await client.end();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
