import { mkdirSync, mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import pg from "pg";
import { ADVISORY_LOCKS } from "../../app/platform/advisory-locks";
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

export interface ClusterOptions {
  /** Keeps the logs and the stores' directories, and prints where they are. */
  keep?: boolean;
  /** The dedupe window of all processes. */
  windowHours?: number;
}

/** Settings besides those that all processes share. */
type Settings = Record<string, string>;

/** A web process on a machine of its own: behind its own proxies to the stores, with its own journal. */
export interface Web {
  port: number;
  /** To Redis. */
  proxy: TcpProxy;
  postgresProxy: TcpProxy;
  child: Child;
  /** Starts it again on the same port, its clock off by `skewMs`; resolves when it answers. */
  start(skewMs?: number): Promise<void>;
}

export interface Victim {
  child: Child;
  /** Sends the task. Resolves when the victim has been killed, has finished ("done") or has failed (with the reason). */
  run(task: VictimTask): Promise<"killed" | "done" | { failed: string }>;
}

/** Everything under test: two stores, two web processes, two workers, all real and all killable. */
export interface Cluster {
  windowHours: number;
  postgres: Store;
  redisServer: Store;
  webs: [Web, Web];
  workers: Child[];
  /** The harness's own connections, which bypass every proxy. */
  pool: pg.Pool;
  redis: Redis;
  queue: SyncQueue;
  /** The proxies of all workers. */
  workerProxies: { redis: TcpProxy; postgres: TcpProxy };
  /** The directories of all journals. */
  journalDirs: string[];
  /** Has Postgres refuse every write, or take them again. */
  setReadOnly(on: boolean): Promise<void>;
  /** Keeps every process from reconciling until the returned function is called. */
  keepFromReconcile(): Promise<() => Promise<void>>;
  /** Changes a setting as an operator would; null takes it back to its default. */
  changeSetting(key: string, value: Record<string, unknown> | null): Promise<void>;
  /** Processes that ended on their own since the list was last emptied. */
  deaths: string[];
  startWorker(env?: Settings): Child;
  /** Starts workers until there are two. */
  fillWorkers(): void;
  takeVictim(): Promise<Victim>;
  stop(): Promise<void>;
}

/** The secret that signs the cookies of the cluster's web processes. */
export const SESSION_SECRET = "a secret of the fault harness";
const SPARE_VICTIMS = 2;
const VICTIM_TIMEOUT_MS = 20_000;

/** Starts everything. */
export async function startCluster({ keep = false, windowHours = 24 }: ClusterOptions): Promise<Cluster> {
  const programs = await bundlePrograms();
  const scratch = keep ? mkdtempSync(path.join(os.tmpdir(), "tidemark-faults-")) : scratchFolder("faults");
  if (keep) console.log(`Logs and data are kept in ${scratch}`);
  const ending: (() => unknown)[] = [];
  try {
    return await build(programs, scratch, windowHours, ending);
  } catch (error) {
    for (const end of ending.reverse()) await end();
    throw error;
  }
}

async function build(
  programs: Awaited<ReturnType<typeof bundlePrograms>>,
  scratch: string,
  windowHours: number,
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
    VIEW_DEDUP_TTL_HOURS: String(windowHours),
    VIEW_TRACKING_REDIS_ENABLED: "true",
    VIEW_RECONCILE_INTERVAL_SECONDS: "0.7",
    DATABASE_URL: postgres.url,
    REDIS_URL: redisServer.url,
    SESSION_SECRET,
    TRUST_PROXY: "1",
    HOST: "127.0.0.1",
  };
  const journalDirs: string[] = [];
  const makeJournal = (name: string) => {
    const dir = path.join(scratch, `journal-${name}`);
    mkdirSync(dir);
    journalDirs.push(dir);
    return dir;
  };
  const makeProxy = async (store: Store) => {
    const proxy = await startTcpProxy(store.port);
    ending.push(() => proxy.stop());
    return proxy;
  };
  /** The store's address as a process sees it through its proxy. */
  const through = (proxy: TcpProxy, store: Store) => store.url.replace(`:${store.port}`, `:${proxy.port}`);
  const workerProxies = { redis: await makeProxy(redisServer), postgres: await makeProxy(postgres) };
  const workerJournal = makeJournal("workers");
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
    const [proxy, postgresProxy] = [await makeProxy(redisServer), await makeProxy(postgres)];
    const journalDir = makeJournal(name);
    const port = await freePort();
    const launch = (skewMs = 0) =>
      start(name, programs.web, {
        PORT: String(port),
        REDIS_URL: through(proxy, redisServer),
        DATABASE_URL: through(postgresProxy, postgres),
        JOURNAL_DIR: journalDir,
        ...skewedClock(skewMs),
        // Seldom, so that most rounds are those of the workers and victims, which are killed in the middle of them.
        VIEW_RECONCILE_INTERVAL_SECONDS: "5",
      });
    const web: Web = {
      port,
      proxy,
      postgresProxy,
      child: launch(),
      async start(skewMs) {
        web.child = launch(skewMs);
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
    // One that starts while a store is down ends by itself, and another takes its place.
    child.expectEnd();
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
    const worker = start(`worker-${workersStarted}`, programs.worker, {
      REDIS_URL: through(workerProxies.redis, redisServer),
      DATABASE_URL: through(workerProxies.postgres, postgres),
      JOURNAL_DIR: workerJournal,
      ...more,
    });
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
    windowHours,
    postgres,
    redisServer,
    webs,
    workers,
    pool,
    redis,
    queue,
    workerProxies,
    journalDirs,
    deaths,
    async setReadOnly(on) {
      const client = new pg.Client({ connectionString: postgres.url });
      await client.connect();
      // This session still writes.
      await client.query("SET default_transaction_read_only = off");
      await client.query(`ALTER SYSTEM SET default_transaction_read_only = ${on ? "on" : "off"}`);
      await client.query("SELECT pg_reload_conf()");
      await client.end();
    },
    async keepFromReconcile() {
      const client = await pool.connect();
      await client.query("SELECT pg_advisory_lock($1)", [ADVISORY_LOCKS.reconcile]);
      return async () => {
        await client.query("SELECT pg_advisory_unlock($1)", [ADVISORY_LOCKS.reconcile]);
        client.release();
      };
    },
    async changeSetting(key, value) {
      if (value === null) await pool.query(`DELETE FROM "Setting" WHERE key = $1`, [key]);
      else
        await pool.query(
          `INSERT INTO "Setting" (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value`,
          [key, value],
        );
    },
    startWorker,
    fillWorkers: () => {
      while (workers.length < 2) startWorker();
    },
    async takeVictim() {
      for (const deadline = Date.now() + VICTIM_TIMEOUT_MS; ; await sleep(50)) {
        topUp();
        const victim = await (spares.shift() as Promise<Victim>).catch(() => null);
        topUp();
        // An earlier fault may have killed a spare, or kept it from starting.
        if (victim?.child.alive()) return victim;
        if (Date.now() > deadline) throw new Error("no victim could be started");
      }
    },
    async stop() {
      await Promise.allSettled(spares);
      for (const end of ending.reverse()) await end();
    },
  };
  cluster.fillWorkers();
  return cluster;
}

/** The settings of a process whose own clock is so many ms ahead, or behind when negative. */
export function skewedClock(ms: number): Settings {
  if (ms === 0) return {};
  const shift = `const Real = Date;
    globalThis.Date = class Date extends Real {
      constructor(...given) { given.length ? super(...given) : super(Real.now() + ${ms}); }
      static now() { return Real.now() + ${ms}; }
    };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shift)}` };
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
