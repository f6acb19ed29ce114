import { join } from "node:path";
import { Redis } from "ioredis";
import pg from "pg";
import { createMarks } from "../../app/stores/postgres/marks";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import { syncBuffers } from "../../app/tracker/sync";
import { planWindow } from "../../app/tracker/window";
import { migrate } from "../../prisma/migrate";
import { build, buildIsCurrent } from "../../scripts/services/build";
import { freePort } from "../../scripts/services/free-port";
import { type Service, startPostgres } from "../../scripts/services/postgres";
import { reapNow, scratchFolder, spawnReaped } from "../../scripts/services/reaper";
import { findRedis, startRedis } from "../../scripts/services/redis";
import { onStopRequest } from "../../scripts/services/stop-request";
import { anonymous, viewOf } from "../support/views";
import { beacon, type Load, load } from "./load";

/**
 * `npm run bench` measures the cost of a counted view over HTTP, relative to a bare Node server in the same run; then the sync,
 * relative to one batched UPDATE; then the memory that dedupe needs. The numbers depend on the machine; the ratios hardly do.
 */
const STORIES = 100;
const CONNECTIONS = 64;
const REPEATS = 3;
const scratch = scratchFolder("bench");
const connections: (() => unknown)[] = [];

async function main() {
  if (!buildIsCurrent()) await build();
  const postgres = await startPostgres({
    dir: join(scratch, "postgres"),
    port: await freePort(),
    logFile: join(scratch, "postgres.log"),
    database: "bench",
  });
  const source = findRedis();
  if ("missing" in source) throw new Error(`The benchmark needs Redis: ${source.missing}`);
  const redis = await startRedis(source, {
    dir: join(scratch, "redis"),
    port: await freePort(),
    logFile: join(scratch, "redis.log"),
  });
  await migrate(postgres.url);
  const pool = new pg.Pool({ connectionString: postgres.url });
  // When the benchmark is stopped, the stores end first, so lost connections are expected.
  pool.on("error", () => undefined);
  connections.push(() => pool.end());
  await pool.query(`INSERT INTO "User" (email, name, "passwordHash") VALUES ('a@example.test', 'A', '')`);
  await pool.query(
    `INSERT INTO "Story" (slug, title, blurb, "authorId", status)
     SELECT 's' || n, 'S', '', 1, 'PUBLISHED' FROM generate_series(1, ${STORIES}) n`,
  );

  await measureHttp(postgres, redis);
  await measureSync(pool, redis.url);
  await measureMemory(redis.url);
}

async function measureHttp(postgres: Service, redis: Service) {
  const bare = await spawnServer(["tests/bench/bare.ts"], (port) => [String(port)]);
  const site = (more: Record<string, string>) =>
    spawnServer(["server/index.ts"], () => [], {
      DATABASE_URL: postgres.url,
      SESSION_SECRET: "the secret of the benchmark",
      NODE_ENV: "production",
      LOG_LEVEL: "error",
      JOURNAL_DIR: join(scratch, "journal"),
      ...more,
    });
  const inRedis = await site({ REDIS_URL: redis.url, VIEW_TRACKING_REDIS_ENABLED: "true" });
  const inDatabase = await site({ VIEW_TRACKING_REDIS_ENABLED: "false" });
  const story = (n: number) => `/story/s${(n % STORIES) + 1}`;
  let serial = 0;
  const cases: [
    name: string,
    port: number,
    requests: number,
    request: (n: number) => string,
    expect: number,
  ][] = [
    ["bare Node server, POST and JSON.parse → 204", bare, 100_000, (n) => beacon(story(n), "x"), 204],
    [
      "counted in Redis, every view a new reader",
      inRedis,
      60_000,
      (n) => beacon(story(n), `r${serial++}`),
      200,
    ],
    ["counted in Redis, one hot story", inRedis, 60_000, () => beacon("/story/s1", `h${serial++}`), 200],
    ["repeat found in Redis", inRedis, 60_000, (n) => beacon(story(n), "the same"), 200],
    [
      "counted in Postgres, every view a new reader",
      inDatabase,
      30_000,
      (n) => beacon(story(n), `d${serial++}`),
      200,
    ],
    [
      "counted in Postgres, one hot story",
      inDatabase,
      30_000,
      () => beacon("/story/s1", `e${serial++}`),
      200,
    ],
  ];
  console.log(`\nViews over HTTP, ${CONNECTIONS} connections, medians of ${REPEATS} runs\n`);
  let reference = 0;
  for (const [name, port, requests, request, expect] of cases) {
    const runs: Load[] = [];
    for (let repeat = 0; repeat < REPEATS + 1; repeat += 1)
      runs.push(
        await load({
          port,
          requests: repeat === 0 ? 5000 : requests,
          connections: CONNECTIONS,
          request,
          expect,
        }),
      );
    const counted = runs.slice(1).sort((a, b) => a.perSecond - b.perSecond);
    const median = counted[Math.floor(REPEATS / 2)] as Load;
    reference ||= median.perSecond;
    const wrong = counted.reduce((sum, run) => sum + run.unexpected, 0);
    console.log(
      `${name.padEnd(46)} ${Math.round(median.perSecond).toLocaleString("en").padStart(8)}/s  ` +
        `${(median.perSecond / reference).toFixed(2)} of bare  p50 ${median.p50.toFixed(1)} ms  p99 ${median.p99.toFixed(1)} ms` +
        (wrong > 0 ? `  ${wrong} UNEXPECTED ANSWERS` : ""),
    );
  }
}

async function measureSync(pool: pg.Pool, redisUrl: string) {
  const redis = new Redis(redisUrl);
  connections.push(() => redis.disconnect());
  console.log("\nThe sync, compared with one batched UPDATE of the same rows\n");
  for (const counters of [10_000, 100_000]) {
    await redis.flushall();
    await pool.query(`TRUNCATE "ViewHour"; DELETE FROM "Story"`);
    const { rows } = await pool.query<{ id: number }>(
      `INSERT INTO "Story" (slug, title, blurb, "authorId", status)
       SELECT 'c' || n, 'S', '', 1, 'PUBLISHED' FROM generate_series(1, $1::int) n RETURNING id`,
      [counters],
    );
    const views = createRedisViews(redis, planWindow(24, 6));
    for (let i = 0; i < rows.length; i += 500)
      await views.record(
        rows.slice(i, i + 500).map(({ id }) => viewOf([{ kind: "story", id, storyId: id }], anonymous("a"))),
      );
    const ids = rows.map((row) => row.id);
    const bare = await seconds(() =>
      pool.query(
        `UPDATE "Story" t SET "readCount" = "readCount" + 1 FROM unnest($1::int[]) AS u(id) WHERE t.id = u.id`,
        [ids],
      ),
    );
    const marks = createMarks(pool);
    const sync = await seconds(() => syncBuffers(views, marks));
    const again = await seconds(() => syncBuffers(views, marks));
    console.log(
      `${counters.toLocaleString("en").padStart(8)} counters: bare ${bare.toFixed(2)} s, sync ${sync.toFixed(2)} s ` +
        `(${(sync / bare).toFixed(1)} ×; it also writes the hourly history and settles Redis), again ${again.toFixed(2)} s`,
    );
  }
}

async function measureMemory(redisUrl: string) {
  const redis = new Redis(redisUrl);
  connections.push(() => redis.disconnect());
  await redis.flushall();
  const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
  const views = createRedisViews(redis, planWindow(24, 6));
  const before = await used();
  const readers = 400_000;
  for (let i = 0; i < readers; i += 500)
    await views.record(
      Array.from({ length: 500 }, (_, k) =>
        viewOf([{ kind: "story", id: 1 + (k % 97), storyId: 1 + (k % 97) }], anonymous(i + k)),
      ),
    );
  const each = ((await used()) - before) / readers;
  console.log(
    `\nDedupe memory: ${each.toFixed(1)} bytes per counted view (${readers.toLocaleString("en")} views; one key per view would cost 161)\n`,
  );
}

async function seconds(work: () => Promise<unknown>) {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

async function spawnServer(
  script: string[],
  args: (port: number) => string[],
  env: Record<string, string> = {},
) {
  const port = await freePort();
  spawnReaped(process.execPath, ["--import", "tsx", ...script, ...args(port)], {
    env: { ...process.env, ...env, PORT: String(port) },
    endWith: "SIGTERM",
    outputs: ["inherit", "inherit"],
  });
  for (let tries = 0; tries < 300; tries += 1) {
    const up = await fetch(`http://127.0.0.1:${port}/healthz`, { method: "POST", body: "{}" }).then(
      () => true,
      () => false,
    );
    if (up) return port;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${script.join(" ")} did not start`);
}

/** Ends everything that was started and exits. */
async function leave(code: number): Promise<void> {
  await reapNow();
  process.exit(code);
}

onStopRequest(() => leave(130));
main()
  .finally(async () => {
    for (const close of connections.reverse()) await close();
  })
  .then(
    () => leave(0),
    (error: Error) => {
      console.error(error.message);
      return leave(1);
    },
  );
