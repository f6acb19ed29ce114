import pg from "pg";
import { ADVISORY_LOCKS } from "../app/platform/advisory-locks";
import { CannotPrepareRole, prepareAppRole } from "./app-role";
import { migrationNames } from "./migration-files";

/** The sync relies on RETURNING with old and new values, which came with Postgres 18. */
const oldestPostgres = 180_000;

/** The database cannot be migrated. The message is one line that tells the operator why. */
export class CannotMigrate extends Error {
  override name = "CannotMigrate";
}

/**
 * Applies the migrations that the database does not have yet, with Prisma's own engine, and returns their names.
 * Several processes may call it at once: an advisory lock lets one work while the others wait and then find nothing to do.
 * @param appUrl the address with the site's own role, where that is not the owner: its rights are set (app-role.ts).
 * @throws CannotMigrate when the server is unreachable or older than Postgres 18, or when a migration fails.
 */
export async function migrate(databaseUrl: string, directory?: string, appUrl?: string): Promise<string[]> {
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
    const applied = (await isUpToDate(guard, directory)) ? [] : await apply(databaseUrl, directory);
    // Rows that processes of the version before have written since.
    if (applied.length > 0) await namePeopleById(guard);
    if (appUrl) await prepareAppRole(guard, appUrl);
    return applied;
  } catch (error) {
    throw error instanceof CannotPrepareRole ? new CannotMigrate(error.message) : error;
  } finally {
    // Ending the session releases the lock, even after an error.
    await guard.end();
  }
}

/**
 * Whether every migration has been applied and none is unfinished, by the engine's own table. The engine takes half a second
 * to load and to come to the same answer, which most starts need not wait for.
 */
async function isUpToDate(client: pg.Client, directory?: string): Promise<boolean> {
  const table = await client.query(`SELECT to_regclass('"_prisma_migrations"') IS NOT NULL AS exists`);
  if (!table.rows[0].exists) return false;
  const { rows } = await client.query<{ name: string; finished: boolean }>(
    `SELECT migration_name AS name, finished_at IS NOT NULL AS finished
     FROM "_prisma_migrations" WHERE rolled_back_at IS NULL`,
  );
  const applied = new Set(rows.map(({ name }) => name));
  return (
    rows.every(({ finished }) => finished) &&
    (await migrationNames(directory)).every((name) => applied.has(name))
  );
}

async function apply(databaseUrl: string, directory?: string): Promise<string[]> {
  const { noFilter, openSchemaEngine, readMigrations } = await import("./schema-engine");
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

/** Not in a database that is migrated to an older version, as tests do. */
async function namePeopleById(client: pg.Client) {
  const { rows } = await client.query("SELECT to_regprocedure('name_people_by_id()') IS NOT NULL AS exists");
  if (rows[0].exists) await client.query("SELECT name_people_by_id()");
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
