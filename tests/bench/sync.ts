import { Redis } from "ioredis";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import { planWindow } from "../../app/tracker/window";
import { anonymous, viewOf } from "../support/views";
import { load } from "./load";
import { type Machine, type Server, startMachine } from "./machine";
import type { Measurement, Sample, Suite } from "./measure";
import { beacon } from "./readers";
import { writeBareStories } from "./stories";

const MANY = 1_000_000;
const SOME = 100_000;
const FILL_BATCH = 500;
const CONNECTIONS = 64;
const MEASURE_MS = 5000;
/** Commands of Redis that take longer are reported, µs. */
const SLOW_US = 5000;

/**
 * The sync of one hour's counters, one view of each story with its referrer and device, compared with the least that Postgres has
 * to do for them (sync-once.ts). *Cold* statistics are those of tables that were never analysed.
 */
export function syncSuite(): Suite {
  let machine: Machine | undefined;
  const connections: Redis[] = [];
  return {
    cases: [
      { name: "bare-sync-100k", unit: "s" },
      { name: "sync-100k", unit: "s", reference: "bare-sync-100k" },
      { name: "sync-100k-cold", unit: "s", reference: "bare-sync-100k" },
      { name: "bare-sync-1m", unit: "s" },
      { name: "sync-1m", unit: "s", reference: "bare-sync-1m" },
      { name: "sync-nothing-new", unit: "s", reference: "sync-1m" },
      { name: "view-without-sync", unit: "ms" },
      { name: "view-during-sync", unit: "ms", reference: "view-without-sync" },
    ],
    rounds: 3,
    async open(names) {
      machine = await startMachine();
      const redis = new Redis(machine.redisUrl);
      connections.push(redis);
      await writeBareStories(machine.pool, MANY);
      const templates = await fillTemplates(machine, redis, names);
      return openMeasurements(machine, redis, templates, names);
    },
    async close() {
      for (const redis of connections) redis.disconnect();
      await machine?.close();
    },
  };
}

async function openMeasurements(
  machine: Machine,
  redis: Redis,
  templates: Map<number, number>,
  names: ReadonlySet<string>,
): Promise<Record<string, Measurement>> {
  const { pool } = machine;
  const stores = { DATABASE_URL: machine.postgresUrl, REDIS_URL: machine.redisUrl };
  const run = async (core: "server" | "others", ...args: string[]): Promise<Sample> => ({
    value: Number(await machine.run(core, ["--import", "tsx", "tests/bench/sync-once.ts", ...args], stores)),
  });
  const sync = () => run("server");
  /** Puts the counters into Redis again and empties the history in Postgres. */
  const reset = async (counters: number, statistics: "analysed" | "cold" = "analysed") => {
    await redis.flushdb();
    const from = new Redis(machine.redisUrl, { db: templates.get(counters) });
    for (const key of await from.keys("*")) await from.call("COPY", key, key, "DB", "0");
    from.disconnect();
    await pool.query(`TRUNCATE "ViewHour", "ViewDetailHour", "SyncedBuffer", "RedisLedger"`);
    await pool.query(`VACUUM "Story"`);
    const tables = `"Story", "ViewHour", "ViewDetailHour"`;
    if (statistics === "analysed") await pool.query(`ANALYZE ${tables}`);
    else
      await pool.query(
        `DELETE FROM pg_statistic WHERE starelid IN ('"Story"'::regclass, '"ViewHour"'::regclass, '"ViewDetailHour"'::regclass)`,
      );
  };
  const site = names.has("view-without-sync")
    ? await machine.startSite({ ...stores, VIEW_TRACKING_REDIS_ENABLED: "true" })
    : null;
  const measurements: Record<string, Measurement> = {
    "sync-nothing-new": sync,
    "view-without-sync": () => loadFor(site, () => MEASURE_MS),
    "view-during-sync": async () => {
      await reset(MANY);
      return loadDuringSync(redis, site, () => run("others"));
    },
  };
  for (const [label, counters] of [
    ["100k", SOME],
    ["1m", MANY],
  ] as const) {
    measurements[`bare-sync-${label}`] = async () => {
      await reset(counters);
      return run("server", "bare", String(counters));
    };
    measurements[`sync-${label}`] = async () => {
      await reset(counters);
      return sync();
    };
    measurements[`sync-${label}-cold`] = async () => {
      await reset(counters, "cold");
      return sync();
    };
  }
  return measurements;
}

const loadFor = async (server: Server | null, forMs: () => number) => {
  let n = 0;
  const request = () => {
    n += 1;
    return beacon(`/story/c${(n % 100) + 1}`, n);
  };
  const { p50, p99 } = await load({
    port: server?.port ?? 0,
    forMs,
    connections: CONNECTIONS,
    request,
    expect: 200,
  });
  return { value: p99 ?? 0, p50, p99 };
};

/** Views while another process runs the sync, as the worker does. Redis is watched for commands that make them wait. */
async function loadDuringSync(
  redis: Redis,
  site: Server | null,
  sync: () => Promise<Sample>,
): Promise<Sample> {
  await redis.config("SET", "slowlog-log-slower-than", SLOW_US);
  await redis.call("SLOWLOG", "RESET");
  let over = false;
  const done = sync().finally(() => {
    over = true;
  });
  const sample = await loadFor(site, () => (over ? 0 : Number.POSITIVE_INFINITY));
  await done;
  const slow = (await redis.call("SLOWLOG", "LEN")) as number;
  if (slow > 0) console.error(`\n${slow} commands in Redis took longer than ${SLOW_US / 1000} ms`);
  return sample;
}

/** Counts one view of each story in databases of Redis of their own. Returns them by the number of counters. */
async function fillTemplates(machine: Machine, redis: Redis, names: ReadonlySet<string>) {
  const templates = new Map<number, number>();
  const wants = (part: string) => [...names].some((name) => name.includes(part));
  if (wants("100k")) templates.set(SOME, 1);
  if (wants("1m") || wants("view-")) templates.set(MANY, 2);
  for (const [counters, db] of templates) {
    const connection = new Redis(machine.redisUrl, { db });
    await connection.ping();
    const views = createRedisViews(connection, planWindow(24, 6));
    for (let from = 1; from <= counters; from += FILL_BATCH)
      await views.record(
        Array.from({ length: FILL_BATCH }, (_, i) =>
          viewOf([{ kind: "story", id: from + i, storyId: from + i }], anonymous("a")),
        ),
      );
    for (const key of await connection.keys("*:seen:*")) await connection.unlink(key);
    connection.disconnect();
  }
  await redis.flushdb();
  return templates;
}
