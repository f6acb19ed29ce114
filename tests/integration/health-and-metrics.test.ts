import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import express from "express";
import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../app/runtime/create-runtime";
import type { RedisMemory } from "../../app/stores/redis/memory";
import { createMetrics } from "../../app/telemetry/metrics";
import type { QueueNow } from "../../app/telemetry/queue-reading";
import { healthAndMetrics } from "../../server/health-and-metrics";
import { createTestDatabase } from "../support/services";

const TOKEN = "a token of the test";
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let close: () => void;
let base: string;
const status = {
  redis: "up" as "up" | "down",
  unsynced: 7 as number | null,
  oldestUnsyncedAt: new Date() as Date | null,
};
const counts = { delayed: 1, waiting: 2, active: 0, completed: 9, failed: 3 };
const queue = {
  data: { counts, workers: [{ id: "8", connectedSeconds: 4 }] } as unknown as QueueNow,
  readAt: new Date(),
  why: null as string | null,
};
const memory: RedisMemory = { usedBytes: 5000, limitBytes: 9000, configured: true };
const env = { METRICS_TOKEN: TOKEN as string | undefined };
let proxyWarning: string | null = null;
const mode = { mode: "redis", since: 0, reason: "" };

beforeAll(async () => {
  database = await createTestDatabase();
  const metrics = createMetrics({
    db: database.db,
    mode: () => ({ mode: "redis", since: 0, reason: "" }),
    journal: { size: () => 3, setAside: () => 2 },
    liveStatus: async () => status,
    readQueue: async () => queue,
    redisMemory: async () => memory,
    onError: (error) => {
      throw error;
    },
  });
  metrics.counted({ counted: true, isFirstView: true, path: "redis", viewCount: 1 }, 900);
  metrics.excluded("robot");
  const runtime = {
    env,
    pools: { pages: database.pool },
    metrics,
    liveStatus: async () => status,
    mode: () => mode,
    forwarding: { warning: () => proxyWarning },
  } as unknown as Runtime;
  const server = express().use(healthAndMetrics(runtime)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => server.close();
});
afterAll(async () => {
  close?.();
  await database?.drop();
});

const scrape = (token: string | null) =>
  fetch(`${base}/metrics`, { headers: token ? { Authorization: `Bearer ${token}` } : {} });

describe("the endpoints for programs", () => {
  it("report that the process is alive and ready, with a warning while Redis is down", async () => {
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${base}/readyz`)).json()).toMatchObject({ ready: true, warnings: [] });
    status.redis = "down";
    const without = await fetch(`${base}/readyz`);
    expect([without.status, ((await without.json()) as { warnings: string[] }).warnings.length]).toEqual([
      200, 1,
    ]);
    status.redis = "up";
  });

  it("say why Redis is unreachable only to who has the token: the reason names addresses inside the network", async () => {
    status.redis = "down";
    Object.assign(mode, { mode: "database", reason: "connect ECONNREFUSED 10.0.0.9:6379" });
    const ready = async (headers: Record<string, string>) =>
      (await fetch(`${base}/readyz`, { headers })).text();
    expect(await ready({})).toContain("Redis is unreachable, so views are counted in the database");
    expect(await ready({})).not.toContain("10.0.0.9");
    expect(await ready({ Authorization: "Bearer another" })).not.toContain("10.0.0.9");
    expect(await ready({ Authorization: `Bearer ${TOKEN}` })).toContain(
      "(connect ECONNREFUSED 10.0.0.9:6379)",
    );
    status.redis = "up";
    Object.assign(mode, { mode: "redis", reason: "" });
  });

  it("warn when TRUST_PROXY does not fit the proxies in front, and stay ready", async () => {
    proxyWarning = "Set TRUST_PROXY";
    const answer = await fetch(`${base}/readyz`);
    expect([answer.status, await answer.json()]).toMatchObject([200, { warnings: ["Set TRUST_PROXY"] }]);
    proxyWarning = null;
  });

  it("have the headers of every other page, and are kept in no cache", async () => {
    for (const path of ["/healthz", "/readyz", "/metrics"]) {
      const { headers } = await fetch(base + path);
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
      expect(headers.get("content-security-policy"), path).toContain("frame-ancestors 'none'");
      expect(headers.get("x-frame-options"), path).toBe("DENY");
      expect(headers.get("permissions-policy"), path).toContain("camera=()");
      expect(headers.get("cache-control"), path).toMatch(/no-store/);
    }
  });

  it("give metrics only to requests with the bearer token, and to none when no token is set", async () => {
    expect((await scrape(null)).status).toBe(401);
    expect((await scrape("another token")).status).toBe(401);
    expect((await scrape(TOKEN)).status).toBe(200);
    env.METRICS_TOKEN = undefined;
    expect((await scrape(TOKEN)).status).toBe(404);
    env.METRICS_TOKEN = TOKEN;
  });

  it("leave out a value that is unknown, rather than report zero", async () => {
    expect(await (await scrape(TOKEN)).text()).toMatch(/^tidemark_buffered_views 7$/m);
    status.unsynced = null;
    expect(await (await scrape(TOKEN)).text()).not.toMatch(/^tidemark_buffered_views \d/m);
    status.unsynced = 7;
    expect(await (await scrape(TOKEN)).text()).toMatch(/^tidemark_queue_jobs\{state="failed"\} 3$/m);
    queue.why = "no answer within 1500 ms";
    expect(await (await scrape(TOKEN)).text()).not.toMatch(/^tidemark_queue_(jobs|workers)\b/m);
    queue.why = null;
  });

  it("have every metric that the dashboard and the alert rules in ops/ use", async () => {
    const text = await (await scrape(TOKEN)).text();
    const known = new Set([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map((match) => match[1]));
    const rules = load(readFileSync("ops/prometheus-alerts.yml", "utf8")) as {
      groups: { rules: { expr: string; annotations: { runbook: string } }[] }[];
    };
    const dashboard = JSON.parse(readFileSync("ops/grafana-dashboard.json", "utf8")) as {
      panels: { targets: { expr: string }[] }[];
    };
    const alerts = rules.groups.flatMap((group) => group.rules);
    const expressions = [
      ...alerts.map((rule) => rule.expr),
      ...dashboard.panels.flatMap((panel) => panel.targets.map((target) => target.expr)),
    ];
    const named = expressions.flatMap((expression) => expression.match(/tidemark_\w+/g) ?? []);
    expect(named.length).toBeGreaterThan(10);
    for (const name of named) expect(known, name).toContain(name.replace(/_(bucket|sum|count)$/, ""));

    const runbook = readFileSync("docs/troubleshooting.md", "utf8");
    const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map((match) =>
      (match[1] as string)
        .toLowerCase()
        .replace(/[^\w\s-]/g, "")
        .replace(/\s+/g, "-"),
    );
    for (const { annotations } of alerts) expect(anchors).toContain(annotations.runbook.split("#")[1]);
  });
});
