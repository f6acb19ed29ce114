import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import pg from "pg";
import { connectDatabase } from "../../app/platform/postgres";
import { asAppRole, createFromTemplate, type DatabaseContent, databaseUrl } from "./template-database";

const required = (name: "TEST_DATABASE_URL" | "TEST_REDIS_URL") => {
  const value = process.env[name];
  if (!value)
    throw new Error(
      `${name} is not set: these tests need real services. Run them with: npm test -- --only vitest (or build,e2e)`,
    );
  return value;
};

/** A migrated database for one test file or one site; `drop` removes it. */
export async function createTestDatabase(content: DatabaseContent = { seeded: false }) {
  const server = required("TEST_DATABASE_URL");
  const name = `t_${randomBytes(6).toString("hex")}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await createFromTemplate(admin, server, name, content);
  const url = databaseUrl(server, name);
  // Dropping the database cuts connections that are still closing, which does not concern a test.
  const { db, pool } = connectDatabase(url, { onError: () => undefined });
  return {
    url,
    /** The same as the site's own role: what its processes use. */
    appUrl: asAppRole(url),
    db,
    pool,
    async drop() {
      await db.$disconnect();
      await pool.end();
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
    },
  };
}

/** A connection to an empty logical database of the shared Redis; files that run side by side use different numbers. */
export async function connectTestRedis(number: number) {
  const url = `${required("TEST_REDIS_URL")}/${number}`;
  const redis = new Redis(url);
  await redis.flushdb();
  return { redis, url };
}
