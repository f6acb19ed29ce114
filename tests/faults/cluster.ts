import { mkdirSync, mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import pg from "pg";
import { createSyncQueue, type SyncQueue } from "../../app/platform/queue";
import { numberTypes } from "../../app/platform/row-numbers";
import { freePort } from "../../scripts/services/free-port";
import { sleep } from "../../scripts/services/process";
import { scratchFolder } from "../../scripts/services/reaper";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy";
import { bundlePrograms } from "./bundle";
import { type Child, startChild } from "./child";
import { type Store, startPostgresStore, startRedisStore } from "./stores";
import type { Report, VictimTask } from "./victim";

/** Settings besides those that all processes share. */
type Settings = Record<string, string>;

/** A web process behind its own proxy to Redis. */
export interface Web {
  port: number;
  proxy: TcpProxy;
  child: Child;
  /** Starts it again on the same port; resolves when it answers. */
  start(): Promise<void>;
}

export interface Victim {
  child: Child;
  /** Sends the task. Resolves when the victim has been killed, has finished ("done") or has failed (with the reason). */
  run(task: VictimTask): Promise<"killed" | "done" | { failed: string }>;
}

/** Everything under test: two stores, two web processes, two workers, all real and all killable. */
export interface Cluster {
  postgres: Store;
  redisServer: Store;
  webs: [Web, Web];
  workers: Child[];
  /** The harness's own connections, which bypass every proxy. */
  pool: pg.Pool;
  redis: Redis;
  queue: SyncQueue;
  journalDir: string;
  /** Processes that ended on their own since the list was last emptied. */
  deaths: string[];
  startWorker(env?: Settings): Child;
  /** Starts workers until there are two. */
  fillWorkers(): void;
  takeVictim(): Promise<Victim>;
  stop(): Promise<void>;
}

/** Timeout for Redis, ms: longer than in production, because a loaded test machine is slow even without a fault. */
const REDIS_TIMEOUT_MS = 400;
const SPARE_VICTIMS = 2;

/**
 * Starts everything.
 * @param keep keeps the logs and the stores' directories, and prints where they are.
 */
export async function startCluster(keep = false): Promise<Cluster> {
  const programs = await bundlePrograms();
  const scratch = keep ? mkdtempSync(path.join(os.tmpdir(), "tidemark-faults-")) : scratchFolder("faults");
  if (keep) console.log(`Logs and data are kept in ${scratch}`);
  const journalDir = path.join(scratch, "journal");
  mkdirSync(journalDir);
  const ending: (() => unknown)[] = [];
  try {
    return await build(programs, scratch, journalDir, ending);
  } catch (error) {
    for (const end of ending.reverse()) await end();
    throw error;
  }
}

async function build(
  programs: Awaited<ReturnType<typeof bundlePrograms>>,
  scratch: string,
  journalDir: string,
  ending: (() => unknown)[],
): Promise<Cluster> {
  const keep = (store: Store) => {
    ending.push(() => store.stop());
    return store;
  };
  const [redisServer, postgres] = await Promise.all([
    startRedisStore(scratch).then(keep),
    startPostgresStore(scratch).then(keep),
  ]);
  const deaths: string[] = [];
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    NODE_ENV: "test",
    VIEW_CLOCK: "request",
    VIEW_TRACKING_REDIS_ENABLED: "true",
    VIEW_REDIS_TIMEOUT_MS: String(REDIS_TIMEOUT_MS),
    VIEW_RECONCILE_INTERVAL_SECONDS: "0.7",
    DATABASE_URL: postgres.url,
    REDIS_URL: redisServer.url,
    SESSION_SECRET: "a secret of the fault harness",
    TRUST_PROXY: "1",
    HOST: "127.0.0.1",
    JOURNAL_DIR: journalDir,
  };
  const start = (name: string, program: string, more: Settings, ipc = false) =>
    startChild({
      name,
      program,
      env: { ...env, ...more },
      logFile: path.join(scratch, `${name}.log`),
      onDeath: (what) => deaths.push(what),
      ipc,
    });

  async function startWeb(name: string): Promise<Web> {
    const proxy = await startTcpProxy(redisServer.port);
    ending.push(() => proxy.stop());
    const port = await freePort();
    const launch = () =>
      start(name, programs.web, {
        PORT: String(port),
        REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
        // Seldom, so that most rounds are those of the workers and victims, which are killed in the middle of them.
        VIEW_RECONCILE_INTERVAL_SECONDS: "5",
      });
    const web: Web = {
      port,
      proxy,
      child: launch(),
      async start() {
        web.child = launch();
        await untilAnswering(web);
      },
    };
    ending.push(() => web.child.kill());
    await untilAnswering(web);
    return web;
  }

  const spares: Promise<Victim>[] = [];
  const newVictim = async (): Promise<Victim> => {
    const child = start("victim", programs.victim, {}, true);
    ending.push(() => child.kill());
    await nextReport(child);
    return { child, run: (task) => runVictim(child, task) };
  };
  const topUp = () => {
    while (spares.length < SPARE_VICTIMS) {
      const victim = newVictim();
      victim.catch(() => undefined);
      spares.push(victim);
    }
  };

  const workers: Child[] = [];
  let workersStarted = 0;
  const startWorker = (more: Settings = {}) => {
    workersStarted += 1;
    const worker = start(`worker-${workersStarted}`, programs.worker, more);
    workers.push(worker);
    worker.gone.then(() => workers.splice(workers.indexOf(worker), 1));
    return worker;
  };
  ending.push(() => Promise.all(workers.map((worker) => worker.kill())));
  const pool = new pg.Pool({
    connectionString: postgres.url,
    max: 4,
    connectionTimeoutMillis: 2000,
    types: numberTypes,
  });
  pool.on("error", () => undefined);
  const redis = new Redis(redisServer.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  redis.on("error", () => undefined);
  const queue = createSyncQueue(redisServer.url, () => undefined);
  ending.push(
    () => pool.end(),
    () => redis.disconnect(),
    () => queue.close(),
  );
  const webs = await Promise.all([startWeb("web-1"), startWeb("web-2")]);
  const cluster: Cluster = {
    postgres,
    redisServer,
    webs,
    workers,
    pool,
    redis,
    queue,
    journalDir,
    deaths,
    startWorker,
    fillWorkers: () => {
      while (workers.length < 2) startWorker();
    },
    async takeVictim() {
      topUp();
      const victim = await (spares.shift() as Promise<Victim>);
      topUp();
      // An earlier fault may have killed a spare.
      return victim.child.alive() ? victim : cluster.takeVictim();
    },
    async stop() {
      await Promise.allSettled(spares);
      for (const end of ending.reverse()) await end();
    },
  };
  cluster.fillWorkers();
  return cluster;
}

async function untilAnswering(web: Web) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${web.port}/healthz`).catch(() => null);
    if (answer?.ok) return;
    if (Date.now() > deadline || !web.child.alive()) throw new Error(`${web.child.name} does not answer`);
    await sleep(20);
  }
}

const nextReport = (child: Child) =>
  new Promise<Report>((resolve, reject) => {
    child.process.once("message", resolve);
    child.gone.then(() => reject(new Error(`${child.name} ended before it was ready`)));
  });

async function runVictim(child: Child, task: VictimTask) {
  child.expectEnd();
  const report = new Promise<Report>((resolve) => child.process.once("message", resolve));
  child.process.send(task);
  const first = await Promise.race([report, child.gone]);
  if ("signal" in first)
    return first.signal === "SIGKILL" ? "killed" : { failed: `ended with ${first.signal ?? first.code}` };
  await child.kill();
  return "failed" in first ? { failed: first.failed } : "done";
}
