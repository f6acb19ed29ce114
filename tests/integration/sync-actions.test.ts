import { Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Action } from "../../app/console/action";
import { performAction } from "../../app/console/dispatch-action";
import { ALERT_ACTIONS } from "../../app/pages/alerts/actions";
import { readStoryHistory } from "../../app/pages/sync/actions/repair-story";
import { SYNC_ACTIONS } from "../../app/pages/sync/actions/sync-actions";
import { type ForecastFacts, forecastPause, memoryLimitAt } from "../../app/pages/sync/sync-forecast";
import { queuePrefix, SYNC_QUEUE } from "../../app/platform/queue";
import type { Runtime } from "../../app/runtime/create-runtime";
import { createMarks } from "../../app/stores/postgres/marks";
import type { RedisViews } from "../../app/stores/redis/redis-views";
import { SCHEDULED_JOB } from "../../app/telemetry/sync-schedule";
import { syncBuffers } from "../../app/tracker/sync";
import { HOUR_MS } from "../../app/tracker/window";
import { scheduleSync } from "../../worker/schedule-sync";
import { skipIfPaused } from "../../worker/skip-if-paused";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { anonymous, createStory, viewOf } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: Redis;
let url: string;
let runtime: Runtime;
let queue: Queue;
let idle: Worker;
const scratch = scratchDirectory("sync-actions");
const NOON = Date.UTC(2026, 5, 1, 12);

beforeAll(async () => {
  database = await createTestDatabase();
  ({ redis, url } = await connectTestRedis(9));
  runtime = await createTestRuntime({
    DATABASE_URL: database.url,
    REDIS_URL: url,
    JOURNAL_DIR: scratch.dir,
    VIEW_REDIS_TIMEOUT_MS: "1000",
  });
  await until("Redis answers", () => runtime.redisAnswers());
  queue = new Queue(SYNC_QUEUE, { connection: redis.duplicate(), prefix: queuePrefix("") });
  await startIdleWorker();
});
/** A worker that waits for jobs and takes none, so that a requested sync stays in the queue. */
async function startIdleWorker() {
  const connection = redis.duplicate({ maxRetriesPerRequest: null });
  idle = new Worker(SYNC_QUEUE, async () => undefined, {
    connection,
    prefix: queuePrefix(""),
    autorun: false,
  });
  await idle.waitUntilReady();
  const seenAt = new Date(Date.now() + HOUR_MS);
  await database.db.processState.create({
    data: { process: "worker-idle", role: "worker", startedAt: new Date(), seenAt, settings: {} },
  });
}
beforeEach(async () => {
  await redis.flushdb();
  await database.db.setting.deleteMany();
  await database.db.syncRun.deleteMany();
  await runtime.settings.refresh();
});
afterAll(async () => {
  await idle?.close();
  await queue?.close();
  await runtime?.close();
  redis?.disconnect();
  await database?.drop();
  scratch.remove();
});

const OLA = { id: 1, name: "Ola", email: "ola@example.test" };
/** Submits a form of the sync page. */
const submit = (
  intent: string,
  { now = new Date(), ...fields }: { now?: Date; [field: string]: string | Date | undefined } = {},
) =>
  performAction(
    SYNC_ACTIONS[intent] as Action,
    { intent, reason: "a reason", ...(fields as Record<string, string>) },
    { runtime, log: runtime.log, user: OLA, now },
  );
const lastEvent = () => database.db.auditEvent.findFirstOrThrow({ orderBy: { id: "desc" } });
const jobs = async () => [...(await queue.getWaiting()), ...(await queue.getDelayed())];

describe("running a sync", () => {
  it("requests it from the worker, and audits who did so and why", async () => {
    expect(await submit("run", { reason: "an editor is waiting" })).toMatchObject({ ok: true });
    expect((await jobs()).map(({ data }) => data.trigger)).toEqual(["run now by user 1"]);
    expect((await submit("run", { reason: "" })).ok, "it harms nothing, so it needs no reason").toBe(true);
    expect(await lastEvent()).toMatchObject({ action: "sync.run", reason: null });
    await submit("run", { reason: "an editor is waiting" });
    expect(
      (await jobs())[0]?.opts,
      "a sync that fails is tried again, as one of the schedule is",
    ).toMatchObject(SCHEDULED_JOB.opts);
    expect(await lastEvent()).toMatchObject({
      actor: "user 1",
      action: "sync.run",
      reason: "an editor is waiting",
      after: { requested: true },
    });
  });

  it("is refused while the sync is paused, unless it is confirmed", async () => {
    await submit("pause", { hours: "2", reason: "moving Postgres" });
    const refused = await submit("run");
    expect(refused.ok).toBe(false);
    expect(refused.text).toMatch(/paused until .* \(moving Postgres\)/);
    expect(await jobs()).toEqual([]);
    expect(await lastEvent()).toMatchObject({ action: "sync.run", after: { requested: false } });
    expect(
      await submit("run", { force: "on", reason: "" }),
      "overriding a pause needs a reason",
    ).toMatchObject({
      ok: false,
      errors: { reason: "Say why in a few words, for the audit log." },
    });
    expect(await jobs()).toEqual([]);
    expect((await submit("run", { force: "on" })).ok).toBe(true);
    expect(await jobs()).toHaveLength(1);
  });

  it("retries only a run that failed", async () => {
    const succeeded = await database.db.syncRun.create({
      data: { trigger: "schedule", endedAt: new Date() },
    });
    const failed = await database.db.syncRun.create({
      data: { trigger: "schedule", endedAt: new Date(), error: "shard 1: no answer" },
    });
    expect((await submit("retry", { run: String(succeeded.id) })).ok).toBe(false);
    expect((await submit("retry", { run: "9999" })).ok).toBe(false);
    expect(await submit("retry", { run: String(failed.id) })).toMatchObject({ ok: true });
    expect((await jobs())[0]?.data.trigger).toBe(`retry of run ${failed.id} by user 1`);
    expect(await lastEvent()).toMatchObject({ action: "sync.retry", target: `run ${failed.id}` });
  });
});

describe("a form that is refused", () => {
  it("gets one sentence per field, keeps its input, and changes nothing", async () => {
    const before = await database.db.auditEvent.count();
    expect(await submit("pause", { hours: "500", reason: " x " })).toEqual({
      intent: "pause",
      id: "",
      ok: false,
      text: "No change: 2 fields need correcting.",
      errors: {
        hours: "Choose a length of up to 72 hours.",
        reason: "Say why in a few words, for the audit log.",
      },
      values: { hours: "500", reason: " x " },
    });
    const withReason = Object.keys(SYNC_ACTIONS).filter(
      (intent) => SYNC_ACTIONS[intent]?.reason === "required",
    );
    expect(withReason.length).toBe(Object.keys(SYNC_ACTIONS).length - 2);
    for (const intent of withReason)
      expect(
        (
          await submit(intent, {
            hours: "1",
            every: "1",
            unit: "hours",
            store: "database",
            part: "journal",
            views: "1",
            story: "x",
            run: "1",
            id: "1",
            from: "2026-11-30T14:00",
            to: "2026-11-30T15:00",
            reason: "",
          })
        ).errors,
        intent,
      ).toEqual({
        reason: "Say why in a few words, for the audit log.",
      });
    expect(await database.db.auditEvent.count()).toBe(before);
    expect(await jobs()).toEqual([]);
  });

  it("says so if the failure is ours, and the error is logged", async () => {
    const logged: unknown[] = [];
    const failing = {
      ...runtime,
      queue: { ...runtime.queue, runNow: () => Promise.reject(new Error("no answer")) },
    };
    const log = { error: (entry: unknown) => logged.push(entry) } as unknown as Runtime["log"];
    const result = await performAction(
      SYNC_ACTIONS.run as Action,
      { intent: "run", reason: "to see" },
      { runtime: failing, log, user: OLA, now: new Date() },
    );
    expect(result).toMatchObject({ ok: false, text: /failed on our side/, values: { reason: "to see" } });
    expect(logged).toMatchObject([{ intent: "run", err: { message: "no answer" } }]);
  });

  it("never gets its secrets back", async () => {
    const { values, errors } = await performAction(
      ALERT_ACTIONS["add-channel"] as Action,
      {
        intent: "add-channel",
        kind: "webhook",
        name: "Hooks",
        leastSeverity: "notice",
        repeatMinutes: "",
        url: "https://hooks.test/T0/secret",
        secret: "short",
      },
      { runtime, log: runtime.log, user: OLA, now: new Date() },
    );
    expect(values).toEqual({ kind: "webhook", name: "Hooks", leastSeverity: "notice", repeatMinutes: "" });
    expect(Object.keys(errors)).toEqual(["secret"]);
  });
});

describe("a pause", () => {
  it("skips and audits scheduled syncs until its end, and then requests one, once", async () => {
    const answer = await submit("pause", { hours: "2", reason: "moving Postgres", now: new Date(NOON) });
    expect(answer.text).toMatch(/paused for 2 hours\. It resumes by itself at .*14:00 UTC/);
    const { sync } = runtime.settings.current();
    expect(sync.pausedUntil).toBe(new Date(NOON + 2 * HOUR_MS).toISOString());

    expect(await skipIfPaused(database.db, sync, NOON + HOUR_MS)).toMatchObject({ skipped: /paused until/ });
    expect(await lastEvent()).toMatchObject({
      actor: "the schedule",
      action: "sync.skip",
      reason: "moving Postgres",
    });
    expect(await database.db.syncRun.count()).toBe(0);
    expect(await skipIfPaused(database.db, sync, NOON + 2 * HOUR_MS)).toBeNull();

    const at = (now: number) =>
      scheduleSync({ queue, db: database.db, log: runtime.log, now: () => now }, sync);
    const ended = async () =>
      (await jobs()).filter(({ data }) => data.trigger === "the end of a pause").length;
    await at(NOON + HOUR_MS);
    expect(await ended()).toBe(0);
    await at(NOON + 2 * HOUR_MS);
    await at(NOON + 2 * HOUR_MS + 2000);
    expect(await ended()).toBe(1);
  });

  it("does not request a sync when one has run since its end", async () => {
    await submit("pause", { hours: "2", now: new Date(NOON) });
    await database.db.syncRun.create({
      data: { trigger: "run now", startedAt: new Date(NOON + 3 * HOUR_MS) },
    });
    const { sync } = runtime.settings.current();
    await scheduleSync({ queue, db: database.db, log: runtime.log, now: () => NOON + 4 * HOUR_MS }, sync);
    expect((await jobs()).filter(({ data }) => data.trigger !== "schedule")).toEqual([]);
  });

  it("can be ended by an operator, but only while there is one", async () => {
    expect((await submit("resume", { now: new Date(NOON) })).ok).toBe(false);
    await submit("pause", { hours: "2", now: new Date(NOON) });
    expect((await submit("resume", { reason: "all is well", now: new Date(NOON + 1000) })).ok).toBe(true);
    expect(await skipIfPaused(database.db, runtime.settings.current().sync, NOON + 1000)).toBeNull();
    expect(await lastEvent()).toMatchObject({ action: "sync.resume", reason: "all is well" });
  });

  it("must have a length of up to 72 hours", async () => {
    for (const hours of ["0", "-1", "73", "NaN", "", "soon"])
      expect(await submit("pause", { hours }), hours).toMatchObject({
        ok: false,
        errors: { hours: "Choose a length of up to 72 hours." },
        values: { hours },
      });
    expect(await database.db.setting.count()).toBe(0);
  });
});

describe("the interval", () => {
  it("is followed by the schedule", async () => {
    const every = async () => (await queue.getJobScheduler("sync"))?.every;
    const schedule = () =>
      scheduleSync({ queue, db: database.db, log: runtime.log }, runtime.settings.current().sync);
    await schedule();
    expect(Number(await every())).toBe(12 * HOUR_MS);
    expect((await submit("interval", { every: "15", unit: "minutes", reason: "a busy week" })).text).toBe(
      "The sync now runs every 15 minutes, instead of every 12 hours.",
    );
    await schedule();
    expect(Number(await every())).toBe(HOUR_MS / 4);
    expect(await queue.getJobSchedulersCount()).toBe(1);
    for (const [every, unit] of [
      ["0", "hours"],
      ["0.9", "minutes"],
      ["169", "hours"],
      ["8", "days"],
      ["NaN", "hours"],
      ["", "hours"],
    ] as const)
      expect(await submit("interval", { every, unit }), `${every} ${unit}`).toMatchObject({
        ok: false,
        errors: { every: "Enter a number. The interval may be from 1 minute to 7 days." },
      });
    expect((await submit("interval", { every: "7", unit: "days" })).ok).toBe(true);
    expect(runtime.settings.current().sync.intervalHours).toBe(168);
  });
});

describe("the switch", () => {
  it("drains unsynced views once every process has followed, or leaves them to the next sync", async () => {
    expect((await submit("switch", { store: "redis" })).ok).toBe(false);
    expect(await submit("switch", { store: "database", how: "drain", reason: "upgrade" })).toMatchObject({
      ok: true,
    });
    expect(runtime.mode()).toMatchObject({
      mode: "database",
      reason: "an operator chose the database: upgrade",
    });
    const [job] = await jobs();
    expect(job?.data.trigger).toBe("drain for the switch by user 1");
    expect(job?.opts.delay).toBe(5000);
    expect(await lastEvent()).toMatchObject({
      action: "tracker.switch",
      before: { store: "redis" },
      after: { store: "database", reason: "upgrade" },
    });
    await submit("switch", { store: "redis", reason: "done" });
    expect(runtime.mode()).toMatchObject({ mode: "redis", reason: "" });
    await queue.drain(true);
    await submit("switch", { store: "database", how: "at-once", reason: "again" });
    expect(await jobs()).toEqual([]);
  });
});

describe("a dry run", () => {
  it("lists what a sync would move, and moves nothing", async () => {
    const redisViews = runtime.redisViews as NonNullable<Runtime["redisViews"]>;
    const marks = createMarks(database.pool);
    const quiet = await createStory(database.pool, "quiet");
    const loud = await createStory(database.pool, "loud");
    const [chapter] = loud.chapters;
    if (!chapter) throw new Error("a story has a chapter");
    const read = (times: number, ...targets: Parameters<typeof viewOf>[0]) =>
      redisViews.record(
        Array.from({ length: times }, (_, i) => viewOf(targets, anonymous(`${targets[0].id}-${times}-${i}`))),
      );
    await read(3, quiet.story);
    await syncBuffers(redisViews, marks);
    await read(2, quiet.story);
    await read(7, chapter, loud.story);

    const plan = await runtime.planSync();
    expect(plan?.moves.map(({ kind, id, views }) => [kind, id, views])).toEqual([
      ["story", loud.story.id, 7],
      ["chapter", chapter.id, 7],
      ["story", quiet.story.id, 2],
    ]);
    const before = await database.db.viewHour.findMany();
    expect((await runtime.planSync())?.shards).toEqual(plan?.shards);
    expect(await database.db.viewHour.findMany()).toEqual(before);

    const moved = await syncBuffers(redisViews, marks);
    for (const shard of plan?.shards ?? [])
      expect(moved[shard.shard]).toMatchObject({ views: shard.views, targets: shard.targets });
    expect((await runtime.planSync())?.moves).toEqual([]);
  });
});

describe("explaining a drift", () => {
  it("accepts the drift that the person saw, with an audit, and nothing else", async () => {
    const { story } = await createStory(database.pool, "drifting");
    const views = runtime.redisViews as RedisViews;
    await views.record(["a", "b", "c"].map((name) => viewOf([story], anonymous(name))));
    await redis.unlink(...(await redis.keys("*:hour:*")));
    const part = `redis-${story.id % 4}`;
    await until("the drift is read", async () => (await runtime.readLedger())?.parts?.[part] === 3);

    expect(await submit("explain", { part, views: "2" })).toMatchObject({
      ok: false,
      text: /is now 3 views/,
    });
    expect(await submit("explain", { part: "history", views: "3" })).toMatchObject({ ok: false });
    expect(await submit("explain", { part, views: "3", reason: " " })).toMatchObject({ ok: false });
    expect(await database.db.driftExplanation.count()).toBe(0);

    const answer = await submit("explain", { part, views: "3", reason: "a key was deleted by hand" });
    expect(answer).toMatchObject({ ok: true, text: /drift of 3 views in shard v\d of Redis is explained/ });
    expect(await lastEvent()).toMatchObject({
      action: "ledger.explain",
      target: `ledger ${part}`,
      reason: "a key was deleted by hand",
      before: { drift: 3 },
    });
    await until("the ledger adds up", async () => (await runtime.readLedger())?.drift === 0);
    expect(await submit("explain", { part, views: "3" })).toMatchObject({
      ok: false,
      text: /now adds up/,
    });
    await database.db.driftExplanation.deleteMany();
    await database.db.redisLedger.deleteMany();
  });
});

describe("repairing a story", () => {
  const counts = async (storyId: number) => {
    const story = await database.db.story.findUniqueOrThrow({
      where: { id: storyId },
      include: { chapters: true },
    });
    return [story.readCount, ...story.chapters.map(({ readCount }) => readCount)].map(Number);
  };

  it("shows the difference first, then makes the totals the sums of their history, with an audit", async () => {
    const { story, chapters } = await createStory(database.pool, "bent", 2);
    const hour = new Date(NOON);
    await database.db.viewHour.createMany({
      data: [
        { kind: "story", targetId: story.id, hour, source: "r:x", views: 40 },
        { kind: "story", targetId: story.id, hour, source: "db", views: 2 },
        { kind: "chapter", targetId: chapters[0]?.id ?? 0, hour, source: "db", views: 5 },
      ],
    });
    await database.db.story.update({ where: { id: story.id }, data: { readCount: 13 } });
    await database.db.chapter.update({ where: { id: chapters[1]?.id }, data: { readCount: 9 } });

    const preview = await readStoryHistory(database.db, "bent");
    expect(preview?.totals.map(({ readCount, history }) => [readCount, history])).toEqual([
      [13, 42],
      [0, 5],
      [9, 0],
    ]);
    expect(await counts(story.id)).toEqual([13, 0, 9]);

    const answer = await submit("repair", { story: "bent", reason: "the import was cut short" });
    expect(answer).toMatchObject({ ok: true, text: /3 totals corrected .* from 13 to 42/ });
    expect(await counts(story.id)).toEqual([42, 5, 0]);
    expect(await lastEvent()).toMatchObject({
      action: "story.repair",
      target: "story bent",
      reason: "the import was cut short",
      before: { [`story ${story.id}`]: 13 },
      after: { [`story ${story.id}`]: 42 },
    });
    expect((await submit("repair", { story: "bent" })).text).toMatch(/agree with their history/);
    expect((await submit("repair", { story: "no-such-story" })).ok).toBe(false);
  });

  it("loses no views of a sync that moves the same story meanwhile", async () => {
    const { story } = await createStory(database.pool, "busy");
    const add = async () => {
      const client = await database.pool.connect();
      try {
        await client.query("BEGIN");
        await client.query(
          `INSERT INTO "ViewHour" AS h (kind, "targetId", hour, source, views) VALUES ('story', $1, $2, 'db', 1)
           ON CONFLICT (kind, "targetId", hour, source) DO UPDATE SET views = h.views + 1`,
          [story.id, new Date(NOON)],
        );
        await client.query(`UPDATE "Story" SET "readCount" = "readCount" + 1 WHERE id = $1`, [story.id]);
        await client.query("COMMIT");
      } finally {
        client.release();
      }
    };
    await database.pool.query(`UPDATE "Story" SET "readCount" = 1000 WHERE id = $1`, [story.id]);
    const work: Promise<unknown>[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      work.push(add());
      if (turn % 5 === 0) work.push(submit("repair", { story: "busy", reason: "while it moves" }));
    }
    await Promise.all(work);
    expect((await counts(story.id))[0]).toBe(20);
  });
});

describe("the forecast of a pause", () => {
  const facts: ForecastFacts = {
    now: NOON,
    viewsPerSecond: 10,
    rateSeconds: 900,
    unsynced: 1000,
    memory: { usedBytes: 100e6, limitBytes: 105.76e6, configured: true },
    lastGoodAt: NOON - HOUR_MS,
  };

  it("covers the views that will wait, when memory could run out, and how stale the editors' numbers get", () => {
    // 5.76 MB at 1,600 bytes per second last an hour.
    expect(memoryLimitAt(facts)).toEqual(new Date(NOON + HOUR_MS));
    const two = forecastPause(facts, 2);
    expect(two.dangerous).toBe(true);
    expect(two.unsynced).toContain("About 73,000 views will be waiting to sync");
    expect(two.memory).toContain("at 13:00 UTC at the earliest");
    expect(two.stale).toContain("up to 3 hours out of date");
    expect(forecastPause(facts, 0.5).dangerous).toBe(false);
  });

  it("says so when something is unknown", () => {
    const nothing = forecastPause(
      { ...facts, viewsPerSecond: null, unsynced: null, memory: null, lastGoodAt: null },
      2,
    );
    expect(nothing.unsynced).toContain("is unknown");
    expect(nothing.memory).toContain("is unreachable");
    expect(nothing.dangerous).toBe(false);
    expect(memoryLimitAt({ ...facts, viewsPerSecond: 0 })).toBeNull();
  });
});
