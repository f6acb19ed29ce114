import { existsSync } from "node:fs";
import { readEnv } from "../app/platform/env";
import { migrate } from "../prisma/migrate";

/** `npm run db:migrate`: applies missing migrations to the database of DATABASE_URL. */
async function main(): Promise<void> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const applied = await migrate(readEnv().DATABASE_URL);
  console.log(applied.length === 0 ? "The database is up to date." : `Applied: ${applied.join(", ")}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
