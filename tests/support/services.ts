import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import pg from "pg";
import { connectDatabase } from "../../app/platform/postgres";
import { migrate } from "../../prisma/migrate";

const required = (name: "TEST_DATABASE_URL" | "TEST_REDIS_URL") => {
  const value = process.env[name];
  if (!value)
    throw new Error(
      `${name} is not set: these tests need real services. Run them with: npm test -- --only vitest`,
    );
  return value;
};

/** A database of this test file's own, migrated; dropped by `drop`. */
export async function createTestDatabase() {
  const name = `t_${randomBytes(6).toString("hex")}`;
  const admin = new pg.Client({ connectionString: required("TEST_DATABASE_URL") });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(required("TEST_DATABASE_URL"));
  url.pathname = `/${name}`;
  await migrate(url.href);
  // Dropping the database cuts connections that are still closing: no news to a test.
  const { db, pool } = connectDatabase(url.href, { onError: () => undefined });
  return {
    url: url.href,
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
