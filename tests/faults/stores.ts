import { cpSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { migrate } from "../../prisma/migrate";
import { freePort } from "../../scripts/services/free-port";
import { type Service, startPostgres } from "../../scripts/services/postgres";
import { isAlive, sendSignal, sleep, withChildren } from "../../scripts/services/process";
import { findRedis, startRedisServer } from "../../scripts/services/redis";

/** A real server that can be killed, frozen, and started again on the same port and directory. */
export interface Store {
  url: string;
  port: number;
  /** kill -9 of the server and all its processes: it loses its memory, but nothing that it acknowledged. */
  kill(): Promise<void>;
  /** Starts it again; resolves when it answers. */
  start(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Copies the server's files. Returns a function that puts the copy in their place; the server must not run then. */
  backUp(): () => void;
  stop(): Promise<void>;
}

/** Redis that flushes every command to disk before it answers: acknowledged writes survive any kill. */
export async function startRedisStore(scratch: string): Promise<Store> {
  const source = findRedis();
  if (!("program" in source)) throw new Error("The fault harness needs redis-server on the PATH.");
  const options = {
    dir: path.join(scratch, "redis"),
    logFile: path.join(scratch, "redis.log"),
    port: await freePort(),
    settings: ["--appendfsync", "always"],
  };
  const launch = () => startRedisServer(source.program, options);
  return storeOf(await launch(), options, launch);
}

/**
 * Postgres that commits before it answers. It runs without fsync: killing its processes loses nothing that it has passed to
 * the operating system; only a crash of the machine would.
 */
export async function startPostgresStore(scratch: string): Promise<Store> {
  const options = {
    dir: path.join(scratch, "postgres"),
    logFile: path.join(scratch, "postgres.log"),
    port: await freePort(),
    database: "tidemark_faults",
  };
  const launch = async () => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await startPostgres(options);
      } catch (error) {
        // Processes of the killed server may still hold its shared memory for a moment.
        if (tries === 5) throw error;
        await sleep(100);
      }
    }
  };
  const service = await launch();
  const client = new pg.Client({ connectionString: service.url });
  await client.connect();
  await client.query("ALTER SYSTEM SET fsync = off");
  await client.query("ALTER SYSTEM SET full_page_writes = off");
  await client.query("SELECT pg_reload_conf()");
  await client.end();
  await migrate(service.url);
  return storeOf(service, options, launch);
}

function storeOf(
  first: Service,
  { port, dir }: { port: number; dir: string },
  launch: () => Promise<Service>,
): Store {
  let service = first;
  const signal = (name: NodeJS.Signals) => {
    for (const pid of withChildren(service.pid ?? 0)) sendSignal(pid, name);
  };
  return {
    url: service.url,
    port,
    async kill() {
      const pids = withChildren(service.pid ?? 0);
      for (const pid of pids) sendSignal(pid, "SIGKILL");
      await service.ended;
      while (pids.some(isAlive)) await sleep(5);
    },
    async start() {
      service = await launch();
    },
    backUp() {
      const copy = `${dir}-copy`;
      rmSync(copy, { recursive: true, force: true });
      cpSync(dir, copy, { recursive: true });
      return () => {
        rmSync(dir, { recursive: true, force: true });
        renameSync(copy, dir);
      };
    },
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    async stop() {
      signal("SIGCONT");
      await service.stop();
    },
  };
}
