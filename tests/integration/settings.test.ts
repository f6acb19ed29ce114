import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readSettingsFollowed } from "../../app/pages/sync/read-settings-followed";
import { isPaused } from "../../app/platform/settings";
import type { Runtime } from "../../app/runtime/create-runtime";
import { startReconcile } from "../../app/runtime/start-reconcile";
import { DEFAULT_TARGETS } from "../../app/shared/objectives";
import { DEFAULT_RETENTION } from "../../app/shared/retention";
import { createMarks } from "../../app/stores/postgres/marks";
import { syncBuffers } from "../../app/tracker/sync";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { createStory } from "../support/views";

/** How long a change may take to reach every process: the promise that operators rely on, ms. */
const FOLLOWS_WITHIN_MS = 5000;
const actor = { id: null, email: "ops@example.test" };
const why = { action: "tracker.switch", reason: "the disk is being changed" } as const;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: OwnRedis;
const scratch = scratchDirectory("settings");
let runtimes: Runtime[] = [];

beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), startOwnRedis()]);
});
beforeEach(async () => {
  await redis.ask((client) => client.flushall());
  await database.db.setting.deleteMany();
});
afterEach(async () => {
  await Promise.all(runtimes.map((runtime) => runtime.close()));
  runtimes = [];
});
afterAll(async () => {
  await redis?.remove();
  await database?.drop();
  scratch.remove();
});

async function start() {
  const runtime = await createTestRuntime({
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    JOURNAL_DIR: scratch.dir,
    VIEW_REDIS_TIMEOUT_MS: "1000",
    VIEW_RECONCILE_INTERVAL_SECONDS: "0.1",
  });
  runtimes.push(runtime);
  await until("Redis answers", () => runtime.redisAnswers());
  return runtime;
}

const visit = async (runtime: Runtime, slug: string, agent: string) => {
  const header = (name: string) => (name === "user-agent" ? agent : undefined);
  return (
    await runtime.countView({ requestId: "a request of the tests", slug, header, address: "192.0.2.7" })
  ).outcome;
};

describe("settings", () => {
  it("have their defaults from the environment until they are changed", async () => {
    const runtime = await start();
    expect(runtime.settings.current()).toEqual({
      countIn: { store: "redis", reason: "" },
      sync: { intervalHours: 12, pausedUntil: null, pausedReason: "" },
      objectives: DEFAULT_TARGETS,
      retention: DEFAULT_RETENTION,
      archive: { paused: false, reason: "" },
    });
  });

  it("are followed by every process within five seconds, and each records which it uses", async () => {
    const [first, second] = await Promise.all([start(), start()]);
    await first.settings.change(actor, "countIn", () => ({ store: "database", reason: why.reason }), why);
    const changedAt = Date.now();
    expect(first.mode()).toMatchObject({
      mode: "database",
      reason: "an operator chose the database: the disk is being changed",
    });
    await until("the other follows", () => second.mode().mode === "database", FOLLOWS_WITHIN_MS);
    expect(Date.now() - changedAt).toBeLessThan(FOLLOWS_WITHIN_MS);
    const following = await readSettingsFollowed(database.db, first.settings.current(), new Date());
    expect(following.length).toBeGreaterThan(0);
    for (const { settings, follows } of following) {
      expect(settings.countIn.store).toBe("database");
      expect(follows).toBe(true);
    }
    const otherwise = { ...first.settings.current(), countIn: { store: "redis" as const, reason: "" } };
    expect((await readSettingsFollowed(database.db, otherwise, new Date()))[0]?.follows).toBe(false);
  });

  it("count in the database for as long as an operator chose, and then in Redis by themselves", async () => {
    const [first, second] = await Promise.all([start(), start()]);
    const ends = new Date(Date.now() + 1500).toISOString();
    const countIn = { store: "database" as const, reason: why.reason, until: ends };
    await first.settings.change(actor, "countIn", () => countIn, why);
    expect(first.mode().mode).toBe("database");
    for (const runtime of [first, second])
      await until("it counts in Redis again", () => runtime.mode().mode === "redis", FOLLOWS_WITHIN_MS);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(ends));
    expect(first.settings.current().countIn).toEqual({
      store: "redis",
      reason: "the time for the database is over",
    });
    // The next change starts from what applies now, not from the choice that has ended.
    const { before } = await first.settings.change(
      actor,
      "countIn",
      () => ({ store: "redis", reason: "" }),
      why,
    );
    expect(before.store).toBe("redis");
  });

  it("change together with their audit row, or not at all", async () => {
    const runtime = await start();
    const events = () => database.db.auditEvent.count({ where: { actor: actor.email } });
    const before = await events();
    await runtime.settings.change(actor, "sync", (value) => ({ ...value, intervalHours: 3 }), {
      action: "sync.interval",
      reason: "a busy week",
    });
    const event = await database.db.auditEvent.findFirstOrThrow({ orderBy: { id: "desc" } });
    expect(event).toMatchObject({
      actor: actor.email,
      action: "sync.interval",
      target: "setting sync",
      reason: "a busy week",
      before: { intervalHours: 12 },
      after: { intervalHours: 3 },
    });
    const refused = runtime.settings.change(actor, "sync", (value) => ({ ...value, intervalHours: -1 }), {
      action: "sync.interval",
      reason: "a mistake",
    });
    await expect(refused).rejects.toThrow();
    expect(await events()).toBe(before + 1);
    expect(runtime.settings.current().sync.intervalHours).toBe(3);
  });

  it("let two people change two parts of one setting", async () => {
    const runtime = await start();
    await Promise.all([
      runtime.settings.change(actor, "sync", (value) => ({ ...value, intervalHours: 6 }), why),
      runtime.settings.change(actor, "sync", (value) => ({ ...value, pausedReason: "both" }), why),
    ]);
    await runtime.settings.refresh();
    expect(runtime.settings.current().sync).toMatchObject({ intervalHours: 6, pausedReason: "both" });
  });

  it("keep the values that were last read when a row is invalid", async () => {
    const runtime = await start();
    await database.db.setting.create({ data: { key: "sync", value: { intervalHours: "often" } } });
    await runtime.settings.refresh();
    expect(runtime.settings.current().sync.intervalHours).toBe(12);
  });

  it("can be changed while Redis is down", async () => {
    const runtime = await start();
    await redis.stop();
    await until("Redis is known to be down", () => !runtime.redisAnswers());
    await runtime.settings.change(actor, "countIn", () => ({ store: "database", reason: why.reason }), why);
    expect(runtime.mode().reason).toBe("an operator chose the database: the disk is being changed");
    await redis.start();
  });

  it("pause the sync until exactly the given time", () => {
    const until = Date.UTC(2026, 0, 1, 12);
    const sync = { intervalHours: 12, pausedUntil: new Date(until).toISOString(), pausedReason: "x" };
    expect([isPaused(sync, until - 1), isPaused(sync, until)]).toEqual([true, false]);
    expect(isPaused({ ...sync, pausedUntil: null }, 0)).toBe(false);
  });
});

describe("where views are counted", () => {
  it("can change at run time; no viewer counts twice, and Redis learns of views in the database", async () => {
    const runtime = await start();
    const redisViews = runtime.redisViews as NonNullable<Runtime["redisViews"]>;
    const { story } = await createStory(database.pool, "switched");
    await runtime.salts.ready(Math.floor(Date.now() / 86_400_000));
    const stop = startReconcile(runtime, redisViews);
    const agents = ["a", "b", "c"].map((name) => `Mozilla/5.0 Chrome/1 ${name}`);
    const [first, second, third] = agents as [string, string, string];

    expect(await visit(runtime, "switched", first)).toMatchObject({ path: "redis", counted: true });
    await runtime.settings.change(actor, "countIn", () => ({ store: "database", reason: why.reason }), why);
    expect(await visit(runtime, "switched", second)).toMatchObject({ path: "database", counted: true });
    // Only Redis knows this view: Postgres counts it, and reconcile retracts it.
    await visit(runtime, "switched", first);
    const open = () => database.db.storyView.count({ where: { storyId: story.id, reconciledAt: null } });
    await until("reconcile continues while views go to the database", async () => (await open()) === 0);

    await runtime.settings.change(actor, "countIn", () => ({ store: "redis", reason: "done" }), why);
    expect(await visit(runtime, "switched", second)).toMatchObject({ counted: false });
    expect(await visit(runtime, "switched", third)).toMatchObject({ path: "redis", counted: true });
    await syncBuffers(redisViews, createMarks(database.pool));
    const { readCount } = await database.db.story.findUniqueOrThrow({ where: { id: story.id } });
    expect(readCount).toBe(3n);
    const history = await database.db.viewHour.aggregate({
      where: { kind: "story", targetId: story.id },
      _sum: { views: true },
    });
    expect(history._sum.views).toBe(3n);
    await until("the changes are recorded", async () => {
      const reasons = (await database.db.modeChange.findMany()).map(({ reason }) => reason);
      return (
        reasons.includes("an operator chose the database: the disk is being changed") &&
        reasons.includes("an operator chose Redis: done")
      );
    });
    await stop();
  });
});
