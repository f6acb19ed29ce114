import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isAlive, startedAt, stopProcess } from "./process";

type Running = { name: string; pid: number; started: string | undefined };
/** Where the site is and what it reads, for the project's other commands. */
type Site = { url: string; databaseUrl: string };
type Note = Running & { children: Running[] } & Partial<Site>;

/** The one running start of a checkout: it knows what it started, so that the next start can tidy up after a kill -9. */
export type InstanceLock = {
  /** Notes a process that must not outlive this start. */
  add(name: string, pid: number | undefined): void;
  /** Notes where the site is, once it serves (`npm run replay` reads it). */
  serves(site: Site): void;
  release(): void;
};

/**
 * Makes this process the one that runs the checkout whose data lies in `dataDir`. What a killed start left running is
 * stopped first, newest first.
 * @throws Error with one line when another start is running.
 */
export async function takeInstanceLock(dataDir: string): Promise<InstanceLock> {
  mkdirSync(dataDir, { recursive: true });
  const file = path.join(dataDir, "run.json");
  const mine: Note = { name: "start", pid: process.pid, started: startedAt(process.pid), children: [] };
  while (!create(file, mine)) {
    const other = read(file);
    if (other && runs(other))
      throw new Error(
        `Tidemark already runs from this checkout (process ${other.pid}): stop it first, with Ctrl-C where it runs.`,
      );
    for (const child of (other?.children ?? []).reverse())
      if (runs(child)) await stopProcess(child.pid, endSignal(child));
    rmSync(file, { force: true });
  }
  return {
    add(name, pid) {
      if (pid === undefined) return;
      mine.children.push({ name, pid, started: startedAt(pid) });
      writeFileSync(file, JSON.stringify(mine));
    },
    serves(site) {
      writeFileSync(file, JSON.stringify(Object.assign(mine, site)));
    },
    release: () => rmSync(file, { force: true }),
  };
}

/** SIGTERM would make Postgres wait until every client has gone. */
const endSignal = (child: Running) => (child.name === "postgres" ? "SIGINT" : "SIGTERM");

/** The start time tells our process from a later one with the same number. */
const runs = (noted: Running) => isAlive(noted.pid) && startedAt(noted.pid) === noted.started;

function create(file: string, note: Note): boolean {
  try {
    writeFileSync(file, JSON.stringify(note), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function read(file: string): Note | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
