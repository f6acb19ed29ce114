import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** The folder of this project's migrations: SQL, applied by Prisma's engine in order of their names. */
export const migrationsDir = fileURLToPath(new URL("./migrations", import.meta.url));

/** The names of the migrations on disk, oldest first. */
export async function migrationNames(directory = migrationsDir): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
