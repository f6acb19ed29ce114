import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isAlive, sleep, startedAt } from "./process";
import { reaperPid } from "./reaper";

type Running = { pid: number; started: string | undefined };
/** The site's address and its database, for the project's other commands. */
type SiteAddress = {
  url: string;
  databaseUrl: string;
  /** The same database as the owner of its tables. */
  ownerUrl: string;
  /** Absent where views are counted in the database only. */
  redisUrl?: string;
};
type RunFile = Running & { reaper: Running } & Partial<SiteAddress>;

/** Marks this process as the only `npm start` of its data folder. */
export type InstanceLock = {
  /** Records the site's address, once it answers (`npm run replay` reads it). */
  recordSite(site: SiteAddress): void;
  release(): void;
};

/**
 * Makes this process the only `npm start` on `dataDir`. When an earlier one was killed, its reaper may still be stopping its
 * services: this waits until the reaper has finished.
 * @throws Error with one line when another start is running.
 */
export async function acquireInstanceLock(dataDir: string): Promise<InstanceLock> {
  mkdirSync(dataDir, { recursive: true });
  const file = path.join(dataDir, "run.json");
  const mine: RunFile = { ...identify(process.pid), reaper: identify(reaperPid()) };
  while (!create(file, mine)) {
    const other = read(file);
    if (other && isRunning(other))
      throw new Error(
        `Tidemark is already running from this checkout (process ${other.pid}): stop it first, with Ctrl-C in its terminal.`,
      );
    while (other && isRunning(other.reaper)) await sleep(50);
    rmSync(file, { force: true });
  }
  return {
    recordSite: (site) => writeFileSync(file, JSON.stringify({ ...mine, ...site })),
    release: () => rmSync(file, { force: true }),
  };
}

const identify = (pid = 0): Running => ({ pid, started: startedAt(pid) });

/** The start time tells our process from a later one with the same number. */
const isRunning = ({ pid, started }: Running) => pid > 0 && isAlive(pid) && startedAt(pid) === started;

function create(file: string, content: RunFile): boolean {
  try {
    writeFileSync(file, JSON.stringify(content), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function read(file: string): RunFile | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
