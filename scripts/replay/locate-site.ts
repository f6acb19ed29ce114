import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";

/** The running site, and the database that it reads. */
export interface SiteLocation {
  baseUrl: string;
  databaseUrl: string;
}

/** What `npm start` leaves in `.data/run.json`. */
interface Run {
  url?: string;
  databaseUrl?: string;
}

/**
 * Finds the site: the command line first, then the environment and `.env`, then what a running `npm start` wrote down.
 * @throws one clear line when there is no database to be found.
 */
export function locateSite(
  baseUrl: string | undefined,
  environment: Record<string, string | undefined> = process.env,
  directory = ".",
): SiteLocation {
  const file = parseEnv(readIfThere(`${directory}/.env`) ?? "");
  const given = (name: string) => environment[name]?.trim() || file[name]?.trim() || undefined;
  const run = readRun(`${directory}/.data/run.json`);
  const databaseUrl = given("DATABASE_URL") ?? run.databaseUrl;
  if (!databaseUrl)
    throw new Error(
      "DATABASE_URL is not set, and there is no .data/run.json of a running site: start it with npm start, or set DATABASE_URL to its database.",
    );
  const url = baseUrl ?? run.url ?? `http://127.0.0.1:${given("PORT") ?? "3000"}`;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new Error(`--base-url: "${url}" must look like http://127.0.0.1:3000`);
  return { baseUrl: url.replace(/\/+$/, ""), databaseUrl };
}

function readRun(path: string): Run {
  const text = readIfThere(path);
  if (text === null) return {};
  try {
    return JSON.parse(text) as Run;
  } catch {
    throw new Error(`${path} is not JSON; stop the site and start it again.`);
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
