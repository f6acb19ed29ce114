import { randomBytes } from "node:crypto";
import pg from "pg";
import { connectDatabase } from "../../app/platform/postgres";
import { migrate } from "../../prisma/migrate";
import { seed } from "../../prisma/seed";

/** A database of a site's own in the server of TEST_DATABASE_URL: migrated, with the small seed. */
export async function createSiteDatabase() {
  const server = process.env.TEST_DATABASE_URL;
  if (!server)
    throw new Error("TEST_DATABASE_URL is not set. Run the browser tests with: npm test -- --only build,e2e");
  const name = `e2e_${randomBytes(6).toString("hex")}`;
  const run = async (statement: string) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await run(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  await migrate(url.href);
  const { accounts } = await seed(url.href, { size: "small" });
  const { db, pool } = connectDatabase(url.href, { max: 3, onError: () => undefined });
  return {
    url: url.href,
    db,
    accounts,
    async drop() {
      await db.$disconnect();
      await pool.end();
      await run(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}
