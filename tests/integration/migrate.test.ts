import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { connectDatabase } from "../../app/platform/postgres";
import { migrate } from "../../prisma/migrate";
import { migrationsDir } from "../../prisma/migration-files";
import { scratchFolder } from "../../scripts/services/reaper";
import { createTestDatabase } from "../support/services";
import { databaseUrl } from "../support/template-database";

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

it("keeps the channels of a version that knew webhooks and Slack only, and what waits for them", async () => {
  const [server, name] = [process.env.TEST_DATABASE_URL ?? "", `t_${randomBytes(6).toString("hex")}`];
  await database.pool.query(`CREATE DATABASE ${name}`);
  const url = databaseUrl(server, name);
  const { db, pool } = connectDatabase(url, { onError: () => undefined });
  try {
    for (const one of readdirSync(folder))
      if (one > "20260704") rmSync(path.join(folder, one), { recursive: true });
    cpSync(path.join(migrationsDir, "migration_lock.toml"), path.join(folder, "migration_lock.toml"));
    await migrate(url, folder);
    await pool.query(`INSERT INTO "AlertChannel" (name, kind, url, host, secret, "createdBy") VALUES
      ('own', 'webhook', 'sealed:a', 'a.example', 'sealed:b', 'user 1'), ('team', 'slack', 'sealed:c', 'c.example', NULL, 'user 1')`);
    await pool.query(
      `INSERT INTO "Delivery" ("channelId", event, body, "nextAt") SELECT id, 'firing', '{"text": "x"}', now() FROM "AlertChannel"`,
    );
    await migrate(url, migrationsDir);
    expect(await db.alertChannel.findMany({ orderBy: { id: "asc" } })).toMatchObject([
      { name: "own", url: "sealed:a", secret: "sealed:b", leastSeverity: "notice", repeatMinutes: null },
      { name: "team", url: "sealed:c", secret: null, leastSeverity: "notice", repeatMinutes: null },
      { name: "Inbox", kind: "inbox" },
    ]);
    expect(await db.delivery.count({ where: { deliveredAt: null } })).toBe(2);
  } finally {
    await db.$disconnect();
    await pool.end();
    await database.pool.query(`DROP DATABASE ${name} WITH (FORCE)`);
  }
});

function add(name: string, sql: string) {
  mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, name, "migration.sql"), `${sql};\n`);
}
