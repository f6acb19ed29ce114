import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readSchedule } from "../../app/pages/sync/read-schedule";
import { createSyncQueue, queuePrefix, SYNC_QUEUE } from "../../app/platform/queue";
import { connectWaitingRedis } from "../../app/platform/redis";
import type { Runtime } from "../../app/runtime/create-runtime";
import { findScheduleFaults, SCHEDULED_JOB } from "../../app/telemetry/sync-schedule";
import { formatTrigger } from "../../app/telemetry/sync-trigger";
import { HOUR_MS, MINUTE_MS } from "../../app/tracker/window";
import { findOverdueTurn, marginOf } from "../../worker/overdue-sync";
import { scheduleSync } from "../../worker/schedule-sync";
import { startSync } from "../../worker/sync-worker";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { readAs } from "../support/readers";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { createStory } from "../support/views";

const INTERVAL_MS = 2000;
const OVERDUE = formatTrigger({ type: "overdue" });
const YEAR_MS = 365 * 24 * HOUR_MS;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: OwnRedis;
let redis: Redis;
let queue: Queue;
const scratch = scratchDirectory("schedule");

beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase(), startOwnRedis()]);
  redis = connectWaitingRedis(server.url, () => undefined);
  queue = new Queue(SYNC_QUEUE, { connection: redis, prefix: queuePrefix("") });
  await createStory(database.pool, "full");
});
beforeEach(async () => {
  await redis.flushall();
  await database.db.syncRun.deleteMany();
  await database.db.processState.deleteMany();
});
afterAll(async () => {
  await queue?.close();
  redis?.disconnect();
  await server?.remove();
  await database?.drop();
  scratch.remove();
});

const ran = async (trigger: string, since: Date) =>
  (await database.db.syncRun.count({
    where: { trigger, startedAt: { gte: since }, endedAt: { not: null }, error: null },
  })) > 0;
const key = (name: string) => `${queuePrefix("")}:${SYNC_QUEUE}:${name}`;
const faults = async (intervalMs: number, now = Date.now()) =>
  (await findScheduleFaults(queue, intervalMs, now)).map(({ what }) => what);
const repairs = () => database.db.auditEvent.findMany({ where: { action: "sync.schedule" } });
/** The id of the next turn's job. */
const nextTurn = async () => `repeat:sync:${(await queue.getJobScheduler("sync"))?.next}`;

/** What a person, a program or a lossy Redis may do to the schedule, and how the audit log names it. */
const TAMPERINGS: [string, RegExp, () => Promise<unknown>][] = [
  [
    "another interval",
    /an interval of 365 days/,
    () => queue.upsertJobScheduler("sync", { every: YEAR_MS }, SCHEDULED_JOB),
  ],
  [
    "a pattern",
    /the pattern “0 0 1 1 \*” instead of an interval/,
    () => queue.upsertJobScheduler("sync", { pattern: "0 0 1 1 *" }, SCHEDULED_JOB),
  ],
  ["a limit", /an end after 1 run/, () => redis.hset(key("repeat:sync"), "limit", 1)],
  ["an end date", /an end date/, () => redis.hset(key("repeat:sync"), "endDate", Date.now())],
  [
    "a start date in a year",
    /a start date/,
    async () => {
      await queue.removeJobScheduler("sync");
      const startDate = Date.now() + YEAR_MS;
      await queue.upsertJobScheduler("sync", { every: HOUR_MS, startDate }, SCHEDULED_JOB);
    },
  ],
  [
    "another job",
    /not its syncs/,
    () => queue.upsertJobScheduler("sync", { every: HOUR_MS }, { name: "sync", data: { trigger: "mine" } }),
  ],
  ["its removal", /no schedule/, () => queue.removeJobScheduler("sync")],
  [
    "the next job removed",
    /no next turn/,
    async () => {
      const id = await nextTurn();
      await redis.multi().zrem(key("delayed"), id).del(key(id)).exec();
    },
  ],
  ["the next job's data lost", /no next turn/, async () => redis.del(key(await nextTurn()))],
  [
    "the next job put off for a year",
    /too far away/,
    async () => (await queue.getJob(await nextTurn()))?.changeDelay(YEAR_MS),
  ],
  ["a paused queue", /a paused queue/, () => queue.pause()],
  ["a concurrency of 0", /0 jobs at once/, () => redis.hset(key("meta"), "concurrency", 0)],
  [
    "a rate limit that is used up",
    /rate limit/,
    async () => {
      await queue.setGlobalRateLimit(1, YEAR_MS);
      await redis.set(key("limiter"), 1, "PX", YEAR_MS);
    },
  ],
  ["an obliterated queue", /no schedule/, () => queue.obliterate({ force: true })],
  ["an empty Redis", /no schedule/, () => redis.flushall()],
];

describe("the schedule is desired state", () => {
  const check = (now = Date.now()) =>
    scheduleSync(
      { queue, db: database.db, log: { warn: () => undefined }, now: () => now },
      { intervalHours: 1, pausedUntil: null, pausedReason: "" },
    );
  /** A schedule as the worker made it, whose next turn is in half an hour. */
  async function turnIsDelayed() {
    const next = Date.now() + HOUR_MS / 2;
    await queue.upsertJobScheduler("sync", { every: HOUR_MS, startDate: next }, SCHEDULED_JOB);
    await redis.hdel(key("repeat:sync"), "startDate");
    return next;
  }

  it("and is left alone while it is right, so that a restart of the worker does not move the next turn", async () => {
    const next = await turnIsDelayed();
    expect(await faults(HOUR_MS)).toEqual([]);
    const before = await database.db.auditEvent.count();
    await check();
    await check();
    expect((await queue.getJobScheduler("sync"))?.next).toBe(next);
    expect(await database.db.auditEvent.count()).toBe(before);
  });

  it.each(TAMPERINGS)("%s is found, put right, and audited", async (_name, words, tamper) => {
    await turnIsDelayed();
    await tamper();
    expect((await faults(HOUR_MS)).join()).toMatch(words);
    await check();
    expect(await faults(HOUR_MS)).toEqual([]);
    expect(await repairs()).toContainEqual(
      expect.objectContaining({
        actor: "the worker",
        target: "schedule",
        reason: expect.stringMatching(words),
        after: { intervalHours: 1 },
      }),
    );
  });

  it("keeps the time of the next turn when only the entry was changed", async () => {
    const next = await turnIsDelayed();
    await redis.hset(key("repeat:sync"), "limit", 1);
    await check();
    expect((await queue.getJobScheduler("sync"))?.next).toBe(next);
  });

  it("a turn that was abandoned halfway is replaced, but not one that a worker is busy with", async () => {
    const next = await turnIsDelayed();
    const id = `repeat:sync:${next}`;
    await redis.multi().zrem(key("delayed"), id).lpush(key("active"), id).exec();
    const later = next + 4 * MINUTE_MS;
    expect(await faults(HOUR_MS, next + MINUTE_MS / 2)).toEqual([]);
    await redis.set(`${key(id)}:lock`, "a worker");
    expect(await faults(HOUR_MS, later)).toEqual([]);
    await redis.del(`${key(id)}:lock`);
    expect(await faults(HOUR_MS, later)).toEqual(["a turn abandoned halfway"]);
    await check(later);
    expect(await faults(HOUR_MS)).toEqual([]);
  });

  it("writes one audit event per minute when a program keeps changing it", async () => {
    await turnIsDelayed();
    await queue.pause();
    await check();
    const before = await database.db.auditEvent.count();
    await queue.pause();
    await check();
    expect(await queue.isPaused()).toBe(false);
    expect(await database.db.auditEvent.count()).toBe(before);
  });
});

describe("a turn that the queue does not deliver", () => {
  const NOON = Date.UTC(2026, 5, 1, 12);
  const sync = { intervalHours: 12, pausedUntil: null as string | null, pausedReason: "" };
  const overdue = (now: number, setting = sync, readySince = NOON - 24 * HOUR_MS) =>
    findOverdueTurn(database.db, setting, { readySince, now });
  const run = (at: number, more: { trigger?: string; endedAt?: null; error?: string } = {}) =>
    database.db.syncRun.create({
      data: { trigger: "schedule", startedAt: new Date(at), endedAt: new Date(at + 1000), ...more },
    });
  const due = NOON + 12 * HOUR_MS;

  it("is overdue two minutes after it was due, or sooner where syncs run often", async () => {
    expect([marginOf(12 * HOUR_MS), marginOf(10 * MINUTE_MS), marginOf(MINUTE_MS)]).toEqual([
      2 * MINUTE_MS,
      MINUTE_MS,
      10_000,
    ]);
    await run(NOON);
    await run(NOON + HOUR_MS, { trigger: "run now by Ola" });
    expect(await overdue(due + 2 * MINUTE_MS - 1)).toBeNull();
    expect(await overdue(due + 2 * MINUTE_MS)).toEqual(new Date(due));
  });

  it("is done once a sync has succeeded or runs, by the queue or without it; a failed one is owed", async () => {
    await run(NOON);
    await run(due, { error: "shard 1: no answer" });
    // The queue tries again first.
    expect(await overdue(due + 2 * MINUTE_MS - 1)).toBeNull();
    expect(await overdue(due + 3 * MINUTE_MS)).toEqual(new Date(due));
    const running = await run(due + 3 * MINUTE_MS, { trigger: OVERDUE, endedAt: null });
    expect(await overdue(due + 10 * MINUTE_MS)).toBeNull();
    // It died with its worker.
    expect(await overdue(due + 40 * MINUTE_MS)).toEqual(new Date(due));
    await database.db.syncRun.update({ where: { id: running.id }, data: { endedAt: new Date() } });
    expect(await overdue(due + 40 * MINUTE_MS)).toBeNull();
  });

  it("waits while the sync is paused, and is due when the pause ends", async () => {
    await run(NOON);
    const pausedUntil = new Date(NOON + 3 * HOUR_MS).toISOString();
    const paused = { ...sync, pausedUntil };
    expect(await overdue(NOON + 2 * HOUR_MS, paused)).toBeNull();
    expect(await overdue(NOON + 3 * HOUR_MS + MINUTE_MS, paused)).toBeNull();
    expect(await overdue(NOON + 3 * HOUR_MS + 2 * MINUTE_MS, paused)).toEqual(new Date(pausedUntil));
    await run(NOON + 3 * HOUR_MS + 1000, { trigger: "the end of a pause" });
    expect(await overdue(NOON + 4 * HOUR_MS, paused)).toBeNull();
  });

  it("is left to the queue first when Redis has only just come back, or the worker just started", async () => {
    await run(NOON - 48 * HOUR_MS);
    expect(await overdue(NOON + MINUTE_MS, sync, NOON)).toBeNull();
    expect(await overdue(NOON + 2 * MINUTE_MS, sync, NOON)).toEqual(new Date(NOON));
  });
});

describe("with a worker", () => {
  let worker: Runtime;
  let web: Runtime;
  let stopSync: () => Promise<void>;
  let stopped = false;

  beforeEach(async () => {
    const settings = {
      DATABASE_URL: database.url,
      REDIS_URL: server.url,
      JOURNAL_DIR: scratch.dir,
      VIEW_REDIS_TIMEOUT_MS: "1000",
      VIEW_SYNC_INTERVAL_HOURS: String(INTERVAL_MS / HOUR_MS),
    };
    worker = await createTestRuntime(settings, "worker");
    web = await createTestRuntime(settings);
    if (!worker.redisViews) throw new Error("this runtime counts in Redis");
    stopSync = startSync(worker, worker.redisViews, server.url, () => undefined);
    stopped = false;
    await until("a scheduled sync", () => ran("schedule", new Date(0)));
  });
  afterEach(async () => {
    await redis.config("SET", "maxmemory", "0");
    if (!stopped) await stopSync();
    await Promise.all([worker.close(), web.close()]);
  });
  const pageSays = () =>
    readSchedule(
      { db: database.db, queue: web.queue.queue(), intervalHours: INTERVAL_MS / HOUR_MS },
      new Date(),
    );

  it("syncs go on after each kind of tampering", async () => {
    for (const [name, , tamper] of TAMPERINGS) {
      const since = new Date();
      await tamper();
      await until(`a scheduled sync after ${name}`, () => ran("schedule", since));
      await until(`a right schedule after ${name}`, async () => (await faults(INTERVAL_MS)).length === 0);
    }
  }, 120_000);

  it("a paused queue is resumed, and the answer to “Run now” says so", async () => {
    const since = new Date();
    await queue.pause();
    const request = await web.queue.runNow("run now by Ola");
    expect(request).toMatchObject({
      ok: true,
      note: expect.stringMatching(/held up .* worker corrects that/),
    });
    await until("the requested sync", () => ran("run now by Ola", since));
  });

  it("without a worker, “Run now” requests nothing and says why, and so does the page", async () => {
    await stopSync();
    stopped = true;
    await queue.drain(true);
    expect(await web.queue.runNow("run now by Ola")).toMatchObject({
      ok: false,
      why: expect.stringMatching(/No worker is connected to the queue/),
    });
    await worker.settings.stop();
    expect(await web.queue.runNow("run now by Ola")).toMatchObject({
      ok: false,
      why: expect.stringMatching(/No worker has reported lately.*takes the turns of the schedule/),
    });
    expect(await queue.getJobCountByTypes("waiting", "delayed", "active")).toBe(1);
    expect(await pageSays()).toEqual([expect.stringMatching(/No worker is running/)]);
  });

  it("a full Redis takes no jobs: syncs run without the queue, “Run now” says so, and all ends by itself", async () => {
    await redis.config("SET", "maxmemory", "1");
    // The worker's breaker is open, as in a process that counts.
    await until("views go elsewhere", async () => {
      await readAs(worker.countView, "full", 1);
      return !worker.redisAnswers();
    });
    const since = new Date();
    await until("a sync without the queue", () => ran(OVERDUE, since), 40_000);
    expect(await web.queue.runNow("run now by Ola")).toMatchObject({
      ok: false,
      why: expect.stringMatching(/Redis is full .* runs it without the queue/),
    });
    const freed = new Date();
    await redis.config("SET", "maxmemory", "0");
    await until("scheduled syncs again", () => ran("schedule", freed), 40_000);
    await until("a right schedule", async () => (await faults(INTERVAL_MS)).length === 0);
    expect(await pageSays()).toEqual([]);
  }, 150_000);
});

it("a request in a queue without Redis says so", async () => {
  const none = createSyncQueue(undefined, () => undefined);
  expect(await none.runNow("run now by Ola")).toMatchObject({
    ok: false,
    why: expect.stringMatching(/No Redis/),
  });
});
