import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { samplerOf } from "../../app/platform/tracing/sampler";
import { seed } from "../../prisma/seed";
import { startOtlpReceiver } from "../support/otlp-receiver";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { signIn } from "../support/sign-in";
import { until } from "../support/until";
import { needBuild, startWeb, startWorker, type WebProcess } from "../support/web-process";

const SECRET = "only for tests, as it is written here";
const AGENT =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Traced/";
const scratch = scratchDirectory("tracing");
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: OwnRedis;
let receiver: Awaited<ReturnType<typeof startOtlpReceiver>>;
let web: WebProcess;
let worker: Awaited<ReturnType<typeof startWorker>>;
let ops: string;
let readers = 0;

beforeAll(async () => {
  [database, redis, receiver] = await Promise.all([
    createTestDatabase({ seeded: true }),
    startOwnRedis(),
    startOtlpReceiver(),
    needBuild(),
  ]);
  const { accounts } = await seed(database.url);
  ops = await signIn(database.pool, accounts.find(({ role }) => role === "OPS")?.email ?? "", SECRET);
  const settings = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    JOURNAL_DIR: scratch.dir,
    SEED_DEMO: "true",
    VIEW_REDIS_TIMEOUT_MS: "1000",
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_TRACES_SAMPLER: "parentbased_always_on",
  };
  [web, worker] = await Promise.all([startWeb(settings), startWorker(settings)]);
}, 120_000);
afterAll(async () => {
  await Promise.all([web?.stop(), worker?.stop()]);
  await receiver?.stop();
  await redis?.remove();
  await database?.drop();
  scratch.remove();
});

async function view(): Promise<string> {
  readers += 1;
  const { slug } = await database.db.story.findFirstOrThrow({ where: { publishedAt: { not: null } } });
  const answer = await fetch(`${web.origin}/story/${slug}`, {
    method: "POST",
    headers: {
      "User-Agent": `${AGENT}${readers}`,
      "Sec-Fetch-Site": "same-origin",
      "Content-Type": "text/plain",
      Accept: "application/json",
      "X-Forwarded-For": "203.0.113.77",
    },
    body: "",
  });
  return ((await answer.json()) as { path: string }).path;
}

const named = (name: string) => receiver.spans.filter((span) => span.name === name);
/** Spans arrive within two seconds. */
const untilSpans = (what: string, found: () => boolean) => until(what, async () => found(), 20_000);

describe("a trace", () => {
  it("of a view has the web process's spans and Redis's, and names no reader", async () => {
    await until("Redis counts", async () => (await view()) === "redis");
    const counted = () =>
      named("record in redis").find(({ attributes }) => attributes["tidemark.views"] === 1);
    await untilSpans("the view's spans", () => counted() !== undefined);
    const trace = receiver.trace(counted()?.traceId ?? "");
    await untilSpans("its Redis span", () =>
      receiver.trace(counted()?.traceId ?? "").some(({ name }) => /^redis EVALSHA$/.test(name)),
    );
    const names = new Set(receiver.trace(counted()?.traceId ?? "").map(({ name }) => name));
    for (const name of ["view", "record", "record in redis"]) expect([...names]).toContain(name);
    expect(new Set(trace.map(({ service }) => service))).toEqual(new Set(["tidemark-web"]));
    const root = receiver.trace(counted()?.traceId ?? "").find(({ name }) => name === "view");
    expect(root?.parentSpanId).toBe("");
    // Not the reader's address, browser or cookie, and no key of theirs.
    expect(receiver.text()).not.toMatch(/203\.0\.113\.77|Traced\/|__tidemark|seen:/);
  });

  it("of views that arrive together has one call of the store, which links to the others", async () => {
    const linked = () => named("record in redis").find(({ links }) => links.length > 0);
    await until("a batch of several views", async () => {
      await Promise.all(Array.from({ length: 30 }, view));
      return linked() !== undefined;
    });
    const batch = linked();
    expect(batch?.attributes["tidemark.views"]).toBe((batch?.links.length ?? 0) + 1);
    const records = new Set(named("record").map(({ spanId }) => spanId));
    for (const link of batch?.links ?? []) expect(records).toContain(link);
  });

  it("of a sync goes from the operator's request through the queue to the worker's shards and Postgres", async () => {
    const answer = await fetch(`${web.origin}/admin/sync?_data=routes%2Fadmin.sync`, {
      method: "POST",
      headers: { Cookie: ops, Origin: web.origin, "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ intent: "run", reason: "to trace it" }),
    });
    expect(((await answer.json()) as { ok: boolean }).ok).toBe(true);
    const request = () =>
      named("console page").find(({ attributes }) => attributes["http.request.method"] === "POST");
    const ofSync = () =>
      receiver.trace(request()?.traceId ?? "none").filter(({ service }) => service === "tidemark-worker");
    await untilSpans("the worker's spans", () => ofSync().some(({ name }) => name === "sync"));
    expect(ofSync().find(({ name }) => name === "sync")?.parentSpanId).not.toBe("");
    expect(ofSync().filter(({ name }) => /^sync shard \d$/.test(name))).toHaveLength(4);
    for (const name of [/^sync piece$/, /^postgres (INSERT|WITH|SELECT|BEGIN)$/, /^redis /])
      expect(
        ofSync().some((span) => name.test(span.name)),
        String(name),
      ).toBe(true);
  });

  it("of an operators' page has its panels, and statements without their values", async () => {
    await fetch(`${web.origin}/admin/sync?story=a-secret-of-the-query`, { headers: { Cookie: ops } });
    const page = () =>
      named("console page").find(({ attributes }) => attributes["http.request.method"] === "GET");
    await untilSpans("the page", () => page() !== undefined);
    const names = receiver.trace(page()?.traceId ?? "").map(({ name }) => name);
    expect(names).toContain("panel: The list of syncs");
    expect(names.some((name) => name.startsWith("postgres "))).toBe(true);
    expect(receiver.text()).not.toMatch(/a-secret-of-the-query|SELECT "|WHERE /);
  });

  it("of a view has Postgres's spans while Redis is away", async () => {
    await redis.stop();
    await until("Postgres counts", async () => (await view()) === "database");
    const found = () => named("record in postgres")[0];
    await untilSpans("the fallback", () => found() !== undefined);
    await untilSpans("its statement", () =>
      receiver.trace(found()?.traceId ?? "").some(({ name }) => name.startsWith("postgres ")),
    );
    await redis.start();
  });
});

describe("without an endpoint", () => {
  it("no package of OpenTelemetry's SDK is loaded", () => {
    const loaded = execFileSync(
      process.execPath,
      [
        "--import",
        "tsx",
        "--input-type=module",
        "-e",
        `const { startTracing } = await import("./app/platform/tracing/tracing.ts");
         const off = await startTracing({}, "web", () => {});
         const before = (await import("node:module")).default;
         console.log(JSON.stringify([off, Object.keys(before._cache).filter((file) => file.includes("@opentelemetry"))]));`,
      ],
      { encoding: "utf8" },
    );
    expect(JSON.parse(loaded)).toEqual([null, []]);
  });
});

describe("the sampler", () => {
  const traceIds = Array.from({ length: 2000 }, (_, i) => createHash("md5").update(String(i)).digest("hex"));
  const kept = (sampler: ReturnType<typeof samplerOf>, name: string) =>
    traceIds.filter(
      (id) => sampler.shouldSample({ getValue: () => undefined } as never, id, name, 0, {}, []).decision > 0,
    ).length;

  it("keeps few of readers' traces and all others by default, and does what OTEL_TRACES_SAMPLER says", () => {
    expect(kept(samplerOf({} as never), "view")).toBeLessThan(100);
    expect(kept(samplerOf({} as never), "sync")).toBe(2000);
    expect(kept(samplerOf({ OTEL_TRACES_SAMPLER: "always_off" } as never), "sync")).toBe(0);
    const half = kept(
      samplerOf({ OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: 0.5 } as never),
      "view",
    );
    expect(half).toBeGreaterThan(600);
    expect(half).toBeLessThan(1400);
  });
});
