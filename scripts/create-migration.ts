import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { migrate } from "../prisma/migrate";
import { migrationsDir } from "../prisma/migration-files";
import { noFilter, openSchemaEngine, readSchema } from "../prisma/schema-engine";
import { freePort } from "./services/free-port";
import { startPostgres } from "./services/postgres";
import { reapNow, scratchFolder } from "./services/reaper";

/**
 * Writes a new migration: the SQL that takes a database from the existing migrations to prisma/schema.prisma. The comparison
 * runs on a throwaway Postgres, so none of your databases is needed or touched.
 * @returns the new folder, or undefined when the schema has not changed.
 */
export async function createMigration(name: string): Promise<string | undefined> {
  const scratch = scratchFolder("migration");
  const postgres = await startPostgres({
    dir: path.join(scratch, "postgres"),
    port: await freePort(),
    logFile: path.join(scratch, "postgres.log"),
    throwaway: true,
  });
  try {
    return await writeDifference(name, postgres.url);
  } finally {
    await reapNow();
  }
}

async function writeDifference(name: string, databaseUrl: string): Promise<string | undefined> {
  await migrate(databaseUrl);
  const sql = await difference(databaseUrl);
  if (!sql) return undefined;
  const stamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
  const folder = path.join(migrationsDir, `${stamp}_${name}`);
  await mkdir(folder);
  await writeFile(path.join(folder, "migration.sql"), sql);
  return folder;
}

/** The SQL that takes this database to the schema; undefined when there is no difference. */
async function difference(databaseUrl: string): Promise<string | undefined> {
  const { engine, explain, close } = await openSchemaEngine(databaseUrl);
  try {
    const schema = await readSchema();
    const { stdout } = await engine.diff({
      from: { tag: "schemaDatasource", ...schema, configDir: migrationsDir },
      to: { tag: "schemaDatamodel", ...schema },
      script: true,
      exitCode: null,
      filters: noFilter,
    });
    return stdout && !stdout.startsWith("-- This is an empty migration") ? stdout : undefined;
  } catch (error) {
    throw new Error(`The migration could not be written. ${explain(error)}`);
  } finally {
    await close();
  }
}

async function main(): Promise<void> {
  const name = process.argv[2];
  if (!name || !/^[a-z0-9_-]+$/i.test(name))
    throw new Error(
      "Give the migration a name of letters, digits, - and _: npm run db:migration -- add_bookmarks",
    );
  const folder = await createMigration(name);
  console.log(
    folder
      ? `Wrote ${path.relative(process.cwd(), folder)}/migration.sql: read it before you commit it. The schema cannot express exclusion constraints, partial indexes and triggers: keep them by hand.`
      : "prisma/schema.prisma has not changed since the last migration.",
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
