import { readFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { migrate } from "../../prisma/migrate";
import { freePort } from "../../scripts/services/free-port";
import { type Service, startPostgres } from "../../scripts/services/postgres";
import { isAlive, sleep } from "../../scripts/services/process";
import { findRedis, startRedisServer } from "../../scripts/services/redis";
import type { Reaper } from "./reaper-client";

/** A real server that can be killed, frozen and started again on the same port and directory. */
export interface Store {
  url: string;
  port: number;
  /** kill -9 of the server and all its processes: what memory held is gone, what it acknowledged is not. */
  kill(): Promise<void>;
  /** Starts it again; resolves when it answers. */
  start(): Promise<void>;
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** Redis that flushes every command before it answers, so that acknowledged means kept however it is killed. */
export async function startRedisStore(scratch: string, reaper: Reaper): Promise<Store> {
  const source = findRedis();
  if (!("program" in source)) throw new Error("The fault harness needs redis-server on the PATH.");
  const options = {
    dir: path.join(scratch, "redis"),
    logFile: path.join(scratch, "redis.log"),
    port: await freePort(),
    settings: ["--appendfsync", "always"],
  };
  const begin = () => startRedisServer(source.program, options);
  return store(await begin(), options.port, begin, reaper, "SIGKILL");
}

/**
 * Postgres that commits before it answers. Without fsync: killing its processes takes nothing that it gave to the system, and
 * only a crash of the whole machine would.
 */
export async function startPostgresStore(scratch: string, reaper: Reaper): Promise<Store> {
  const options = {
    dir: path.join(scratch, "postgres"),
    logFile: path.join(scratch, "postgres.log"),
    port: await freePort(),
    database: "tidemark_faults",
  };
  const begin = async () => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await startPostgres(options);
      } catch (error) {
        // Processes of the killed server may hold its shared memory for a moment more.
        if (tries === 5) throw error;
        await sleep(100);
      }
    }
  };
  const service = await begin();
  const client = new pg.Client({ connectionString: service.url });
  await client.connect();
  await client.query("ALTER SYSTEM SET fsync = off");
  await client.query("ALTER SYSTEM SET full_page_writes = off");
  await client.query("SELECT pg_reload_conf()");
  await client.end();
  await migrate(service.url);
  return store(service, options.port, begin, reaper, "SIGQUIT");
}

function store(
  first: Service,
  port: number,
  begin: () => Promise<Service>,
  reaper: Reaper,
  /** Ends the server with all its processes, when the harness is gone. */
  end: NodeJS.Signals,
): Store {
  let service = first;
  reaper.track(service.pid, end);
  const signal = (name: NodeJS.Signals) => {
    for (const pid of family(service.pid ?? 0)) send(pid, name);
  };
  return {
    url: service.url,
    port,
    async kill() {
      const pids = family(service.pid ?? 0);
      for (const pid of pids) send(pid, "SIGKILL");
      await service.ended;
      while (pids.some(isAlive)) await sleep(5);
      reaper.forget(service.pid);
    },
    async start() {
      service = await begin();
      reaper.track(service.pid, end);
    },
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    async stop() {
      signal("SIGCONT");
      await service.stop();
      reaper.forget(service.pid);
    },
  };
}

/** A process and its children: Postgres has one a connection, each in a group of its own. */
function family(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return [pid, ...(children === "" ? [] : children.split(" ").map(Number))];
  } catch {
    return [pid];
  }
}

function send(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone between the look and the signal.
  }
}
