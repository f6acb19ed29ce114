import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { ADVISORY_LOCKS } from "../app/platform/advisory-locks";
import { noFilter, openSchemaEngine, readMigrations } from "./schema-engine";

/** The sync relies on RETURNING with old and new values, which came with Postgres 18. */
const oldestPostgres = 180_000;

/** The database cannot be migrated. The message is one line that tells the operator why. */
export class CannotMigrate extends Error {
  override name = "CannotMigrate";
}

/**
 * Applies the migrations that the database does not have yet, with Prisma's own engine, and returns their names.
 * Several processes may call it at once: an advisory lock lets one work while the others wait and then find nothing to do.
 * @throws CannotMigrate when the server is unreachable or older than Postgres 18, or when a migration fails.
 */
export async function migrate(databaseUrl: string, directory?: string): Promise<string[]> {
  const guard = new pg.Client({ connectionString: databaseUrl });
  // Losing this connection needs no report: the engine's own connection fails with the reason.
  guard.on("error", () => undefined);
  await guard.connect().catch((error: unknown) => {
    throw new CannotMigrate(
      `DATABASE_URL: cannot connect to Postgres (${reason(error)}). Is it running, and is the address right?`,
    );
  });
  try {
    await refuseOldServer(guard);
    await guard.query("SELECT pg_advisory_lock($1)", [ADVISORY_LOCKS.migrate]);
    return await apply(databaseUrl, directory);
  } finally {
    // Ending the session releases the lock, even after an error.
    await guard.end();
  }
}

async function apply(databaseUrl: string, directory?: string): Promise<string[]> {
  const { engine, explain, close } = await openSchemaEngine(databaseUrl);
  try {
    const applied = await engine.applyMigrations({
      migrationsList: await readMigrations(directory),
      filters: noFilter,
    });
    return applied.appliedMigrationNames;
  } catch (error) {
    throw new CannotMigrate(`The database could not be migrated. ${explain(error)}`);
  } finally {
    await close();
  }
}

async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query("SELECT current_setting('server_version_num')::int AS version");
  const version: number = rows[0].version;
  if (version >= oldestPostgres) return;
  throw new CannotMigrate(
    `DATABASE_URL: this server is Postgres ${Math.floor(version / 10_000)}, and Tidemark needs 18 or newer.`,
  );
}

/** pg reports a refused connection as an AggregateError (one error per address tried) with an empty message. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

async function main(): Promise<void> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const { readEnv } = await import("../app/platform/env");
  const applied = await migrate(readEnv().DATABASE_URL);
  console.log(applied.length === 0 ? "The database is up to date." : `Applied: ${applied.join(", ")}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
