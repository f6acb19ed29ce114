import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { parseUrl } from "../../app/shared/parse-url";

/** A running site and its database. */
export interface RunningSite {
  baseUrl: string;
  databaseUrl: string;
  /** The same database, as the role that may change its tables. */
  ownerUrl: string;
  /** Undefined where there is none. */
  redisUrl: string | undefined;
}

/** The part of `.data/run.json` that is read here; `npm start` writes it. */
interface RunFile {
  url?: string;
  databaseUrl?: string;
  ownerUrl?: string;
  redisUrl?: string;
}

/**
 * Finds the site: from the command line, else from the environment and `.env`, else from the file of a running `npm start`.
 * @throws Error with one line when no database is found.
 */
export function locateSite(
  baseUrl: string | undefined,
  environment: Record<string, string | undefined> = process.env,
  directory = ".",
): RunningSite {
  const file = parseEnv(readIfPresent(`${directory}/.env`) ?? "");
  const given = (name: string) => environment[name]?.trim() || file[name]?.trim() || undefined;
  const run = readRun(`${directory}/.data/run.json`);
  const databaseUrl = given("DATABASE_URL") ?? run.databaseUrl;
  const ownerUrl =
    given("MIGRATION_DATABASE_URL") ?? given("DATABASE_URL") ?? run.ownerUrl ?? run.databaseUrl;
  if (!databaseUrl || !ownerUrl)
    throw new Error(
      "DATABASE_URL is not set, and there is no .data/run.json of a running site. Start it with npm start, or set DATABASE_URL to its database.",
    );
  const url = baseUrl ?? run.url ?? `http://127.0.0.1:${given("PORT") ?? "3000"}`;
  if (!/^https?:$/.test(parseUrl(url)?.protocol ?? ""))
    throw new Error(`--base-url: "${url}" must look like http://127.0.0.1:3000`);
  // Those of one site: another one's Redis has nothing of this database's readers.
  const redisUrl = given("REDIS_URL") ?? (given("DATABASE_URL") ? undefined : run.redisUrl);
  return { baseUrl: url.replace(/\/+$/, ""), databaseUrl, ownerUrl, redisUrl };
}

function readRun(path: string): RunFile {
  const text = readIfPresent(path);
  if (text === null) return {};
  try {
    return JSON.parse(text) as RunFile;
  } catch {
    throw new Error(`${path} is not JSON; stop the site and start it again.`);
  }
}

function readIfPresent(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
