import { existsSync } from "node:fs";
import { mayBeDemo } from "../app/auth/demo-accounts";
import { readEnv } from "../app/platform/env";
import { migrate } from "../prisma/migrate";
import { firstOperatorLines } from "./services/first-operator";

/**
 * `npm run db:migrate`: applies missing migrations to the database of DATABASE_URL. With MIGRATION_DATABASE_URL, it does so as that role,
 * which owns the tables, and prepares the role of DATABASE_URL, as which the site runs.
 */
async function main(): Promise<void> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const env = readEnv();
  const { DATABASE_URL, MIGRATION_DATABASE_URL } = env;
  const applied = await migrate(MIGRATION_DATABASE_URL ?? DATABASE_URL, undefined, DATABASE_URL);
  console.log(applied.length === 0 ? "The database is up to date." : `Applied: ${applied.join(", ")}`);
  // This starts a deployed site: `npm start` says it by itself.
  if (!mayBeDemo(env)) for (const line of await firstOperatorLines(env.DATABASE_URL)) console.log(line);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
