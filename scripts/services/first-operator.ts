import pg from "pg";
import { isCompiled } from "../../app/platform/compiled";
import { isLoopback } from "../../app/platform/loopback";

/** Why an empty database gets no demo site, whose passwords are public; null if it gets one. `ownDatabase`: `npm start` runs it. */
export function whyNoDemo(
  env: { HOST: string; PUBLIC_URL?: string; SEED_DEMO: boolean },
  ownDatabase: boolean,
): string | null {
  if (env.SEED_DEMO) return null;
  if (!ownDatabase) return "DATABASE_URL is set";
  if (!isLoopback(env.HOST)) return `others can reach the site (HOST is ${env.HOST})`;
  if (env.PUBLIC_URL) return "PUBLIC_URL is set";
  return null;
}

const COMMAND = isCompiled ? "node build/programs/account.js" : "npm run account --";

/**
 * Lines that say how to create the first operator; none if the database has an account besides the demo's, which cannot log in.
 * Rejects when Postgres does not answer.
 */
export async function firstOperatorLines(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      `SELECT FROM "User" WHERE email NOT LIKE '%@tidemark.example' LIMIT 1`,
    );
    if (rowCount !== 0) return [];
    return [
      "There is no account that can log in. Create the first operator:",
      `  ${COMMAND} --email you@example.org --name "Your name" --role OPS`,
    ];
  } finally {
    await client.end();
  }
}
