import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BadSetting, readEnv } from "../../app/platform/env";
import type { Runtime } from "../../app/runtime/create-runtime";
import { startReconcile } from "../../app/runtime/start-reconcile";
import { freePort } from "../../scripts/services/free-port";
import { startMetricsServer } from "../../worker/metrics-server";
import { startSync } from "../../worker/sync-worker";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";

const TOKEN = "a token of the test";
const scratch = scratchDirectory("worker-metrics");
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: OwnRedis;
let web: Runtime;
let worker: Runtime;
let stops: (() => Promise<void>)[] = [];
let port: number;

beforeAll(async () => {
  [database, redis, port] = await Promise.all([createTestDatabase(), startOwnRedis(), freePort()]);
  const settings = {
    DATABASE_URL: database.url,
    JOURNAL_DIR: scratch.dir,
    REDIS_URL: redis.url,
    METRICS_TOKEN: TOKEN,
    WORKER_METRICS_PORT: String(port),
    VIEW_RECONCILE_INTERVAL_SECONDS: "1",
  };
  [web, worker] = await Promise.all([createTestRuntime(settings), createTestRuntime(settings, "worker")]);
  await Promise.all([web.warmUp(), worker.warmUp()]);
  const metrics = startMetricsServer(worker);
  if (!metrics || !worker.redisViews) throw new Error("the worker has no metrics or no Redis");
  stops = [
    metrics,
    startSync(worker, worker.redisViews, redis.url, () => {}),
    startReconcile(worker, worker.redisViews),
  ];
});
afterAll(async () => {
  for (const stop of stops) await stop();
  await Promise.all([web?.close(), worker?.close()]);
  await redis?.remove();
  await database?.drop();
  scratch.remove();
});

const scrape = (token: string | null = TOKEN, path = "/metrics") =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    headers: token === null ? {} : { Authorization: `Bearer ${token}` },
  });
const workerText = async () => (await scrape()).text();
const value = (text: string, series: string) =>
  Number(new RegExp(`^${series.replace(/[{}]/g, "\\$&")} (\\S+)$`, "m").exec(text)?.[1]);

/** Metrics with their types, without those of the process itself. */
const typesIn = (text: string) =>
  new Map(
    [...text.matchAll(/^# TYPE (tidemark_\w+) (\w+)$/gm)]
      .filter(([, name]) => !/^tidemark_(process|nodejs)_/.test(name as string))
      .map(([, name, type]) => [name as string, type as string]),
  );

describe("the worker's metrics", () => {
  it("need the token, and are all that the port serves", async () => {
    expect((await scrape(null)).status).toBe(401);
    expect((await scrape("another")).status).toBe(401);
    expect((await scrape(TOKEN, "/healthz")).status).toBe(404);
    const answer = await scrape();
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
  });

  it("count syncs with their durations and views, rounds of reconcile, evaluations, and the queue", async () => {
    await until("the first sync of the schedule has ended", async () =>
      /tidemark_sync_seconds_count\{outcome="done"\} [1-9]/.test(await workerText()),
    );
    await until("a round of reconcile has ended", async () =>
      /tidemark_reconcile_rounds_total\{outcome="done"\} [1-9]/.test(await workerText()),
    );
    const evaluations = async (runtime: Runtime) =>
      value((await runtime.metrics.text()).body, 'tidemark_alert_evaluations_total{outcome="done"}') || 0;
    await until(
      "one of the processes has evaluated the alert rules",
      async () => (await evaluations(web)) + (await evaluations(worker)) > 0,
      30_000,
    );
    await until("the queue has the first sync among the completed", async () =>
      /tidemark_queue_jobs\{state="completed"\} [1-9]/.test(await workerText()),
    );
    const text = await workerText();
    expect(value(text, 'tidemark_queue_jobs{state="delayed"}')).toBe(1);
    expect(value(text, "tidemark_queue_workers")).toBe(1);
    expect(value(text, "tidemark_redis_memory_bytes")).toBeGreaterThan(100_000);
  });

  it("count the views that a sync moved", async () => {
    const before = value(await workerText(), "tidemark_synced_views_total");
    worker.metrics.work.synced({ seconds: 0.2, views: 7, failed: false });
    expect(value(await workerText(), "tidemark_synced_views_total")).toBe(before + 7);
  });

  it("count a sync that fails as failed", async () => {
    await database.db.$executeRawUnsafe(`ALTER TABLE "SyncRun" RENAME TO "SyncRunAway"`);
    try {
      expect(await worker.queue.runNow("run now by user 1", { force: true })).toMatchObject({ ok: true });
      await until("the failure is counted", async () =>
        /tidemark_sync_seconds_count\{outcome="failed"\} [1-9]/.test(await workerText()),
      );
    } finally {
      await database.db.$executeRawUnsafe(`ALTER TABLE "SyncRunAway" RENAME TO "SyncRun"`);
    }
  });

  it("are documented, like the web process's: docs/metrics.md and both processes have the same names and types", async () => {
    const documented = new Map(
      [...readFileSync("docs/metrics.md", "utf8").matchAll(/^\| `(tidemark_\w+)` \| (\w+) \|/gm)].map(
        ([, name, type]) => [name as string, type as string],
      ),
    );
    const sorted = (types: Map<string, string>) => [...types].sort();
    expect(sorted(typesIn(await workerText()))).toEqual(sorted(documented));
    expect(sorted(typesIn((await web.metrics.text()).body))).toEqual(sorted(documented));
  });
});

it("a port without a token is refused at the start, in one line", () => {
  const settings = {
    DATABASE_URL: "postgresql://u:p@h/d",
    SESSION_SECRET: "sixteen characters",
    WORKER_METRICS_PORT: "9464",
  };
  expect(() => readEnv(settings)).toThrow(BadSetting);
  expect(() => readEnv(settings)).toThrow(/WORKER_METRICS_PORT: needs METRICS_TOKEN/);
});
