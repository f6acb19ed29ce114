import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAuditProtection } from "../../app/pages/audit/read-audit-protection";
import { connectDatabase } from "../../app/platform/postgres";
import { migrate } from "../../prisma/migrate";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let app: pg.Client;
const made: string[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  app = new pg.Client({ connectionString: database.appUrl });
  await app.connect();
  await database.pool.query(`INSERT INTO "AuditEvent" (actor, action) VALUES ('user 1', 'sync.run')`);
});
afterAll(async () => {
  await app?.end();
  for (const role of made) await database.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await database?.drop();
});

describe("the site's own role", () => {
  it.each([
    `UPDATE "AuditEvent" SET actor = 'mallory'`,
    `DELETE FROM "AuditEvent"`,
    `TRUNCATE "AuditEvent"`,
    `ALTER TABLE "AuditEvent" DISABLE TRIGGER ALL`,
    `ALTER TABLE "AuditEvent" RENAME TO "Other"`,
    `DROP TABLE "AuditEvent"`,
    `DROP TRIGGER "AuditEvent_append_only" ON "AuditEvent"`,
    `CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'`,
    `CREATE TRIGGER mine BEFORE INSERT ON "AuditEvent" FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()`,
    `CREATE RULE mine AS ON INSERT TO "AuditEvent" DO INSTEAD NOTHING`,
    `SELECT name_people_by_id()`,
    "SET session_replication_role = replica",
    "SET ROLE postgres",
    "CREATE ROLE mallory SUPERUSER",
    "CREATE TABLE mine (id int)",
    `DELETE FROM "_prisma_migrations"`,
    `TRUNCATE "Story" CASCADE`,
  ])("may not: %s", async (statement) => {
    await expect(app.query(statement)).rejects.toThrow(/permission denied|must be owner|must be able/);
  });

  it("is what the audit page tells apart from an owner", async () => {
    const ofApp = connectDatabase(database.appUrl, { max: 1, onError: () => undefined });
    expect(await readAuditProtection(ofApp.db)).toEqual({ role: "tidemark_test_app", mayRewrite: false });
    expect(await readAuditProtection(database.db)).toEqual({ role: "postgres", mayRewrite: true });
    await ofApp.db.$disconnect();
  });

  it("owns nothing, and may write and read the audit", async () => {
    const { rows } = await app.query(
      "SELECT count(*)::int AS owned FROM pg_class WHERE pg_get_userbyid(relowner) = current_user",
    );
    expect(rows[0].owned).toBe(0);
    await app.query(`INSERT INTO "AuditEvent" (actor, action) VALUES ('user 1', 'sync.run')`);
    expect((await app.query(`SELECT actor FROM "AuditEvent"`)).rowCount).toBe(2);
  });

  it("may read and write every other table, those of a later migration included", async () => {
    await database.pool.query(`CREATE TABLE "Later" (id serial, note text)`);
    await app.query(
      `INSERT INTO "Later" (note) VALUES ('x'); UPDATE "Later" SET note = 'y'; DELETE FROM "Later"`,
    );
    await database.pool.query(`DROP TABLE "Later"`);
    const { rows } = await database.pool.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
       WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT IN ('AuditEvent', '_prisma_migrations')
         AND NOT has_table_privilege('tidemark_test_app', c.oid, privilege)`,
    );
    expect(rows).toEqual([]);
  });
});

describe("migrating with a role of its own for the site", () => {
  const role = () => {
    const name = `t_app_${randomBytes(4).toString("hex")}`;
    made.push(name);
    return name;
  };
  const as = (user: string, password: string) => {
    const url = new URL(database.url);
    url.username = user;
    url.password = password;
    return url.href;
  };
  const canLogIn = async (url: string) => {
    const client = new pg.Client({ connectionString: url });
    const works = await client.connect().then(
      () => true,
      () => false,
    );
    await client.end();
    return works;
  };

  it("creates it, keeps it, and gives it a new password when that has changed", async () => {
    const name = role();
    const [first, second] = [as(name, "first pass:word/é"), as(name, "second")];
    await migrate(database.url, undefined, first);
    expect(await canLogIn(first)).toBe(true);
    await migrate(database.url, undefined, first);
    expect(await canLogIn(first)).toBe(true);
    await migrate(database.url, undefined, second);
    expect([await canLogIn(first), await canLogIn(second)]).toEqual([false, true]);
    const { rows } = await database.pool.query("SELECT rolpassword FROM pg_authid WHERE rolname = $1", [
      name,
    ]);
    expect(rows[0].rolpassword).toMatch(/^SCRAM-SHA-256\$4096:/);
  });

  it("refuses one that could rewrite the audit all the same", async () => {
    const superuser = role();
    await database.pool.query(`CREATE ROLE ${superuser} LOGIN SUPERUSER PASSWORD 'x'`);
    await expect(migrate(database.url, undefined, as(superuser, "x"))).rejects.toThrow(/is a superuser/);
    const password = () =>
      database.pool.query("SELECT rolpassword FROM pg_authid WHERE rolname = $1", [superuser]);
    const { rows: before } = await password();
    await expect(migrate(database.url, undefined, as(superuser, "mistyped"))).rejects.toThrow(
      /is a superuser/,
    );
    expect((await password()).rows, "and leaves its password alone").toEqual(before);
    const member = role();
    await database.pool.query(`CREATE ROLE ${member} LOGIN PASSWORD 'x'; GRANT postgres TO ${member}`);
    await expect(migrate(database.url, undefined, as(member, "x"))).rejects.toThrow(
      /a member of the role that owns/,
    );
  });

  it("says what to run where it may not create one", async () => {
    await expect(
      migrate(database.url, undefined, as(`t_app_${randomBytes(4).toString("hex")}`, "")),
    ).rejects.toThrow(/needs a password/);
  });

  it("leaves things as they are when the site runs as the owner", async () => {
    await expect(migrate(database.url, undefined, database.url)).resolves.toEqual([]);
  });
});

it("not even the owner changes an event in a session that claims to replicate", async () => {
  const client = await database.pool.connect();
  try {
    await client.query("SET session_replication_role = replica");
    await expect(client.query(`DELETE FROM "AuditEvent"`)).rejects.toThrow(/append-only/);
  } finally {
    client.release(true);
  }
});
