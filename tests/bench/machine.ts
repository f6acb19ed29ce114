import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import path from "node:path";
import pg from "pg";
import { numberTypes } from "../../app/platform/row-numbers";
import { migrate } from "../../prisma/migrate";
import { compiledDir } from "../../scripts/programs.mjs";
import { freePort } from "../../scripts/services/free-port";
import { startPostgres } from "../../scripts/services/postgres";
import { ended, sleep, stopProcess } from "../../scripts/services/process";
import { scratchFolder, spawnReaped } from "../../scripts/services/reaper";
import { findRedis, startRedis } from "../../scripts/services/redis";
import { findProgram } from "../../scripts/services/system-packages";

const START_TIMEOUT_MS = 30_000;
const SERVER_CORE = "0";

/** A running server and how to end it. */
export interface Server {
  port: number;
  pid: number;
  stop(): Promise<void>;
}

/** The stores of one suite, and servers under test. */
export interface Machine {
  pool: pg.Pool;
  postgresUrl: string;
  redisUrl: string;
  /** Starts a program that listens on PORT; resolves when it answers HTTP. It runs on a core of its own, where possible. */
  startServer(args: string[], env?: Record<string, string>, cores?: number): Promise<Server>;
  /** Runs a program to its end, on the server's core or beside the stores. Resolves to what it printed; rejects when it fails. */
  run(core: "server" | "others", args: string[], env?: Record<string, string>): Promise<string>;
  /** Starts the site's web process, or as many as WEB_CONCURRENCY says, with a core for each. `options` are Node's. */
  startSite(env: Record<string, string>, options?: string[]): Promise<Server>;
  close(): Promise<void>;
}

const taskset = cpus().length > 1 ? findProgram("taskset") : undefined;

/**
 * Leaves one core to the server under test: the load, the stores and everything else that is started later run on the others.
 * Returns a line that says so.
 */
export function pinToOtherCores(): string {
  if (!taskset) return "nothing is pinned to a core, as there is one core only or no taskset";
  execFileSync(taskset, ["-cp", `1-${cpus().length - 1}`, String(process.pid)]);
  return `the server has core ${SERVER_CORE}; load and stores have the rest of ${cpus().length}`;
}

/** Starts Postgres and Redis as `npm start` does: every acknowledged write is on disk, or on its way there. */
export async function startMachine(): Promise<Machine> {
  const scratch = scratchFolder("bench");
  const source = findRedis();
  if ("missing" in source) throw new Error(`The benchmark needs Redis: ${source.missing}`);
  const [postgres, redis] = await Promise.all([
    freePort().then((port) =>
      startPostgres({
        dir: path.join(scratch, "postgres"),
        port,
        logFile: path.join(scratch, "postgres.log"),
        database: "bench",
      }),
    ),
    freePort().then((port) =>
      startRedis(source, {
        dir: path.join(scratch, "redis"),
        port,
        logFile: path.join(scratch, "redis.log"),
      }),
    ),
  ]);
  await migrate(postgres.url);
  const pool = new pg.Pool({ connectionString: postgres.url, types: numberTypes });
  // When the benchmark is stopped, the stores end first, so lost connections are expected.
  pool.on("error", () => undefined);
  const servers: Server[] = [];
  const startServer: Machine["startServer"] = async (args, env = {}, cores = 1) => {
    const server = await start(args, env, cores);
    servers.push(server);
    return server;
  };
  return {
    pool,
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    startServer,
    async run(core, args, env = {}) {
      const child = spawnOn(core, args, env, "pipe");
      let output = "";
      child.stdout?.on("data", (data) => (output += data));
      const { code } = await ended(child);
      if (code !== 0) throw new Error(`${args.join(" ")} failed`);
      return output;
    },
    startSite: (env, options = []) =>
      startServer(
        ["--enable-source-maps", ...options, path.join(compiledDir, "web.js")],
        {
          DATABASE_URL: postgres.url,
          SESSION_SECRET: BENCH_SECRET,
          NODE_ENV: "production",
          LOG_LEVEL: "error",
          TRUST_PROXY: "1",
          JOURNAL_DIR: path.join(scratch, "journal"),
          ...env,
        },
        Number(env.WEB_CONCURRENCY ?? 1),
      ),
    async close() {
      await Promise.all(servers.map((server) => server.stop()));
      await pool.end();
      await Promise.all([redis.stop(), postgres.stop()]);
    },
  };
}

/** The secret that signs the cookies of the benchmark's readers. */
export const BENCH_SECRET = "the secret of the benchmark, long enough";

async function start(args: string[], env: Record<string, string>, cores: number): Promise<Server> {
  const port = await freePort();
  const child = spawnOn("server", args, { ...env, PORT: String(port) }, "inherit", cores);
  const gone = ended(child);
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { method: "POST", body: "{}" }).catch(
      () => null,
    );
    if (answer) break;
    const over = await Promise.race([gone, sleep(50)]);
    if (over || Date.now() > deadline) throw new Error(`${args.join(" ")} did not start`);
  }
  return {
    port,
    pid: child.pid ?? 0,
    async stop() {
      if (child.pid !== undefined) await stopProcess(child.pid, "SIGTERM", 10_000);
      await gone;
    },
  };
}

function spawnOn(
  core: "server" | "others",
  args: string[],
  env: Record<string, string>,
  output: "pipe" | "inherit",
  cores = 1,
) {
  const pinned = core === "server" && taskset;
  const last = Math.min(cores, cpus().length) - 1;
  const [program, before] = pinned
    ? [taskset, ["-c", last > 0 ? `${SERVER_CORE}-${last}` : SERVER_CORE, process.execPath]]
    : [process.execPath, []];
  return spawnReaped(program, [...before, ...args], {
    env: { ...process.env, ...env },
    endWith: "SIGTERM",
    outputs: [output, "inherit"],
  });
}
