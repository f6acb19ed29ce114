import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { migrate } from "../../prisma/migrate";
import { migrationsDir } from "../../prisma/migration-files";
import { scratchFolder } from "../../scripts/services/reaper";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(() => {
  folder = scratchFolder("migrations");
  cpSync(migrationsDir, folder, { recursive: true });
});

it("has nothing to do on a database that has every migration", async () => {
  expect(await migrate(database.url, folder)).toEqual([]);
});

it("applies a migration that is new, once", async () => {
  add("29990101000000_new", "CREATE TABLE migrated (id int)");
  expect(await migrate(database.url, folder)).toEqual(["29990101000000_new"]);
  expect(await migrate(database.url, folder)).toEqual([]);
  await database.pool.query("SELECT id FROM migrated");
});

it("reports a migration that failed at every start, until someone has mended it", async () => {
  add("29990101000000_new", "CREATE TABLE migrated (id int)");
  add("29990102000000_wrong", "SELECT 1 / 0");
  await expect(migrate(database.url, folder)).rejects.toThrow(/29990102000000_wrong/);
  await expect(migrate(database.url, folder)).rejects.toThrow(/29990102000000_wrong/);
  await database.pool.query(
    `UPDATE "_prisma_migrations" SET rolled_back_at = now() WHERE migration_name = '29990102000000_wrong'`,
  );
  add("29990102000000_wrong", "SELECT 1");
  expect(await migrate(database.url, folder)).toEqual(["29990102000000_wrong"]);
});

function add(name: string, sql: string) {
  mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, name, "migration.sql"), `${sql};\n`);
}
