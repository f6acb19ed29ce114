import { randomUUID } from "node:crypto";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { acknowledge, snooze } from "../../app/alerts/acknowledge";
import { type EvaluationSources, evaluate } from "../../app/alerts/evaluate";
import type { OperatorSettings } from "../../app/alerts/read-facts";
import { parseMemory, type RedisFacts, readRedisFacts } from "../../app/alerts/read-redis-facts";
import { ALL_RULE_TYPES, RULE_TYPES } from "../../app/alerts/rule-types/all-rules";
import { BadEdit, editRule, ensureRules, silenceRule, unsilenceRule } from "../../app/alerts/rules";
import { ADVISORY_LOCKS } from "../../app/platform/advisory-locks";
import { findRedisRisks } from "../../app/platform/redis-safety";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { createStory } from "../support/views";

const ACTOR = { id: null, email: "ops@example.test" };
const WEEK = 7 * 86_400;
const HEALTHY: RedisFacts = {
  memory: { used: 10, limit: 100 },
  redisRisks: [],
  failedJobs: { count: 0, error: null },
};

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let clock: Date;
let redis: RedisFacts | null;
let settings: OperatorSettings;
let errors: string[];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database?.drop();
});
beforeEach(async () => {
  const { pool, db } = database;
  await pool.query(
    `TRUNCATE "Alert", "AlertCheck", "AlertRound", "AlertRule", "AlertChannel", "Delivery", "DeliveryAttempt", "Sample", "SyncRun", "LedgerEntry", "KnownLoss", "GivenUpRows", "StoryView", "JournalFile", "LogInFailure" RESTART IDENTITY CASCADE`,
  );
  await ensureRules(db);
  clock = new Date("2026-03-02T12:00:00Z");
  redis = HEALTHY;
  settings = { databaseReason: null, syncIntervalSeconds: 3600, syncPaused: null };
  errors = [];
  // A healthy site: both processes report views, now and a week ago, and the first sync has finished.
  await createHealthySite();
});

const sources = (process = "web-1"): EvaluationSources => ({
  db: database.db,
  process,
  publicUrl: "https://stories.example",
  countsInRedis: true,
  settings: () => settings,
  readRedis: async () => redis,
  onError: (what) => errors.push(what),
});
const pass = (seconds: number) => {
  clock = new Date(clock.getTime() + seconds * 1000);
};
const ago = (seconds: number) => new Date(clock.getTime() - seconds * 1000);

interface SampleFields {
  role?: "web" | "worker";
  secondsAgo?: number;
  redis?: number;
  database?: number;
  journalled?: number;
  mode?: string;
  buffered?: number | null;
  lagSeconds?: number | null;
}
const sample = ({ role = "web", secondsAgo = 12, ...given }: SampleFields = {}) =>
  database.db.sample.create({
    data: { at: ago(secondsAgo), span: 10, process: `${role}-1`, role, mode: "redis", ...given },
  });
async function createHealthySite() {
  await sample({ redis: 5 });
  await sample({ role: "worker", buffered: 100, lagSeconds: 60 });
  await sample({ secondsAgo: WEEK + 600, redis: 50 });
  await database.db.syncRun.create({ data: { trigger: "schedule", startedAt: ago(60), endedAt: ago(50) } });
  await ledger(0);
}
const ledger = (drift: number) =>
  database.db.ledgerEntry.create({
    data: {
      at: clock,
      accepted: 1,
      synced: 1,
      buffered: 0,
      fallback: 0,
      journalled: 0,
      retracted: 0,
      knownLost: 0,
      drift,
    },
  });
/** A view that the database counted, and that reconcile has not compared with Redis. */
const fallbackRow = (at: Date) =>
  database.pool.query(
    `INSERT INTO "StoryView" ("storyId", viewer, "viewedAt", "window") VALUES (1, 'a', $1::timestamptz, tstzrange($1::timestamptz, $1::timestamptz + interval '1 day'))`,
    [at],
  );
/** Evaluates the rules after `seconds`, in which the web process and the worker report, unless given as null. */
async function evaluateAfter(
  seconds = 15,
  given: { web?: SampleFields | null; worker?: SampleFields | null } = {},
) {
  pass(seconds);
  if (given.web !== null) await sample({ redis: 5, ...given.web });
  if (given.worker !== null) await sample({ role: "worker", buffered: 100, lagSeconds: 60, ...given.worker });
  return evaluate(sources(), clock);
}
const phaseOf = async (rule: string) => (await database.db.alertCheck.findUnique({ where: { rule } }))?.phase;
const messageOf = async (rule: string) =>
  (await database.db.alertCheck.findUnique({ where: { rule } }))?.message;
const set = (kind: string, change: Partial<Parameters<typeof editRule>[3]>) =>
  database.db.alertRule.update({ where: { kind }, data: change });

describe("on a healthy site", () => {
  it("every rule is ok", async () => {
    await evaluateAfter();
    const checks = await database.db.alertCheck.findMany();
    expect(checks).toHaveLength(ALL_RULE_TYPES.length);
    expect(checks.filter((check) => check.phase !== "ok")).toEqual([]);
    expect(await database.db.alert.count()).toBe(0);
    expect(errors).toEqual([]);
  });
});

/** How to breach each rule, and how to fix it. */
const CASES: Record<
  string,
  {
    breach: () => Promise<unknown> | unknown;
    web?: SampleFields | null;
    worker?: SampleFields | null;
    fix: () => Promise<unknown> | unknown;
    message: RegExp;
  }
> = {
  "fallback-share": {
    breach: () => undefined,
    web: { redis: 0, database: 20, mode: "database" },
    fix: () => database.pool.query(`UPDATE "Sample" SET "database" = 0, redis = 1, mode = 'redis'`),
    message: /^\d+% of \d+ views in the last 5 minutes were not counted in Redis; the limit is 5%\.$/,
  },
  "sync-late": {
    breach: () => undefined,
    worker: { lagSeconds: 6000 },
    fix: () => undefined,
    message:
      /The oldest view waiting to sync is 2 hours old; the limit is 90 minutes|The oldest view waiting to sync is 100 minutes old/,
  },
  "sync-failing": {
    breach: async () => {
      for (const second of [1, 2])
        await database.db.syncRun.create({
          data: {
            trigger: "schedule",
            startedAt: new Date(clock.getTime() + second),
            endedAt: clock,
            error: "shard 1: gone",
          },
        });
    },
    fix: () =>
      database.db.syncRun.create({
        data: { trigger: "run now", startedAt: new Date(clock.getTime() + 5000), endedAt: clock },
      }),
    message: /^2 syncs in a row failed \(shard 1: gone\)/,
  },
  "sync-stuck": {
    breach: async () => {
      await database.db.syncRun.updateMany({ data: { startedAt: ago(4000) } });
      await database.db.syncRun.create({ data: { trigger: "schedule", startedAt: ago(1200) } });
    },
    fix: () => database.db.syncRun.updateMany({ data: { endedAt: clock } }),
    message: /^A sync that started at .* has been running for 21 minutes; the limit is 10 minutes\.$/,
  },
  "reconcile-late": {
    breach: () => fallbackRow(ago(3600)),
    fix: () => database.pool.query(`UPDATE "StoryView" SET "reconciledAt" = now()`),
    message:
      /^The oldest view counted in the database that was not compared with Redis is 61 minutes old; the limit is 10 minutes\.$/,
  },
  "rows-given-up": {
    breach: () =>
      database.db.givenUpRows.create({
        data: { at: clock, kind: "story", views: 7, fromAt: ago(200_000), toAt: ago(190_000) },
      }),
    fix: () => database.pool.query(`UPDATE "GivenUpRows" SET at = $1::timestamptz`, [ago(2 * 86_400)]),
    message: /^Up to 7 views between .* and .* may be counted twice/,
  },
  "buffer-size": {
    breach: () => undefined,
    worker: { buffered: 700_000 },
    fix: () => undefined,
    message: /^700,000 views are waiting to sync; the limit is 500,000\.$/,
  },
  "redis-memory": {
    breach: () => {
      redis = { ...HEALTHY, memory: { used: 90, limit: 100 } };
    },
    fix: () => {
      redis = HEALTHY;
    },
    message: /^Redis uses 90% of its memory/,
  },
  "redis-safety": {
    breach: () => {
      redis = { ...HEALTHY, redisRisks: findRedisRisks("maxmemory_policy:allkeys-lru\r\n", null) };
    },
    fix: () => {
      redis = HEALTHY;
    },
    message: /policy is allkeys-lru.*Set maxmemory-policy noeviction\.$/,
  },
  "ledger-drift": {
    breach: () => ledger(3),
    fix: () => ledger(0),
    message: /^3 views do not add up/,
  },
  "known-loss": {
    breach: () =>
      database.db.knownLoss.create({
        data: { detectedAt: clock, toAt: clock, views: 4, cause: "Redis lost its data" },
      }),
    // Two days later, it is outside the window.
    fix: () => database.pool.query(`UPDATE "KnownLoss" SET "toAt" = $1::timestamptz`, [ago(2 * 86_400)]),
    message: /^Redis lost 4 views in the last 24 hours \(Redis lost its data\)/,
  },
  "journal-in-use": {
    breach: () => undefined,
    web: { redis: 0, journalled: 7, mode: "journal" },
    fix: () => undefined,
    message: /^1 web process keeps views only in the journal; 7 views so far\.$/,
  },
  "journal-rejected": {
    breach: () =>
      database.db.journalFile.create({
        data: { file: "f1", process: "web-1", appended: 9, replayed: 6, rejected: 3, setAside: 3 },
      }),
    // An operator has removed the file.
    fix: () => database.pool.query(`UPDATE "JournalFile" SET "setAside" = 0`),
    message: /^3 lines were set aside, because no store takes them \(f1\.rejected\); the limit is 1\.$/,
  },
  "worker-silent": {
    breach: () => database.pool.query(`DELETE FROM "Sample" WHERE role = 'worker'`),
    worker: null,
    fix: () => undefined,
    message: /No worker has ever reported/,
  },
  "no-views": {
    breach: () => database.pool.query(`UPDATE "Sample" SET redis = 0 WHERE at > $1`, [ago(7200)]),
    web: { redis: 0 },
    fix: () => undefined,
    message: /^No view arrived in the last hour; 50 did in the same hour a week ago\. The limit is 20\.$/,
  },
  surge: {
    breach: async () => {
      const { story } = await createStory(database.pool, `surge-${clock.getTime()}`, 0);
      const hour = new Date(Math.floor(clock.getTime() / 3_600_000) * 3_600_000);
      await database.db.hotStory.create({ data: { hour, process: "web-1", storyId: story.id, views: 240 } });
    },
    fix: () => database.pool.query(`DELETE FROM "HotStory"`),
    message: /^“surge-\d+” \(surge-\d+\) had 240 views in the hour from .* of the last four weeks is 0\./,
  },
  "failed-log-ins": {
    breach: () =>
      database.db.logInFailure.createMany({
        data: [30, 21].map((failures, n) => ({ at: ago(60 * (n + 1)), failures })),
      }),
    fix: () => database.pool.query(`UPDATE "LogInFailure" SET at = at - interval '1 hour'`),
    message: /^51 log-ins failed in the last 10 minutes, for a wrong password or code; the limit is 50\.$/,
  },
  "queue-failures": {
    breach: () => {
      redis = { ...HEALTHY, failedJobs: { count: 2, error: "shard 0: no answer" } };
    },
    fix: () => {
      redis = HEALTHY;
    },
    message: /^2 jobs failed for good in the last hour \(shard 0: no answer\)/,
  },
};

describe("each rule", () => {
  it("has a case here", () =>
    expect(Object.keys(CASES).sort()).toEqual(RULE_TYPES.map(({ kind }) => kind).sort()));

  it.each(Object.entries(CASES))(
    "%s fires on real rows, and resolves",
    async (kind, { web, worker, ...given }) => {
      await set(kind, { forSeconds: 15, keepFiringSeconds: 30 });
      await evaluateAfter();
      expect(await phaseOf(kind)).toBe("ok");
      await given.breach();
      await evaluateAfter(15, { web, worker });
      expect(await phaseOf(kind)).toBe("pending");
      await evaluateAfter(15, { web, worker });
      expect(await phaseOf(kind)).toBe("firing");
      const alert = await database.db.alert.findFirstOrThrow({ where: { rule: kind } });
      expect(alert).toMatchObject({ phase: "firing", resolvedAt: null, firedAt: clock });
      expect(alert.message).toMatch(given.message);
      await given.fix();
      await evaluateAfter();
      expect(await phaseOf(kind)).toBe("firing");
      await evaluateAfter();
      expect(await phaseOf(kind)).toBe("ok");
      expect(await database.db.alert.findFirst({ where: { rule: kind } })).toMatchObject({
        phase: "resolved",
        resolvedAt: clock,
      });
      expect(await database.db.alert.count({ where: { rule: kind } }), "one alert").toBe(1);
    },
  );
});

describe("missing data", () => {
  it("is a separate state: an unreachable Redis is not a healthy one", async () => {
    redis = null;
    await evaluateAfter();
    expect(await phaseOf("redis-memory")).toBe("no-data");
    expect(await phaseOf("queue-failures")).toBe("no-data");
    expect(await messageOf("redis-memory")).toMatch(/unreachable/);
  });

  it("does not resolve a firing alert", async () => {
    await set("redis-memory", { forSeconds: 0, keepFiringSeconds: 0 });
    redis = { ...HEALTHY, memory: { used: 99, limit: 100 } };
    await evaluateAfter();
    expect(await phaseOf("redis-memory")).toBe("firing");
    redis = null;
    await evaluateAfter();
    await evaluateAfter(3600);
    expect(await phaseOf("redis-memory")).toBe("firing");
    const alert = await database.db.alert.findFirstOrThrow();
    expect(alert.unknownSince).not.toBeNull();
    expect(alert.message).toMatch(/^Redis uses 99%/);
    redis = HEALTHY;
    await evaluateAfter();
    expect(await phaseOf("redis-memory")).toBe("ok");
  });

  it("from web processes, the worker and last week is reported as such", async () => {
    await database.pool.query(`TRUNCATE "Sample", "SyncRun", "LedgerEntry"`);
    await evaluateAfter(15, { web: null, worker: null });
    for (const kind of [
      "fallback-share",
      "sync-late",
      "sync-failing",
      "buffer-size",
      "ledger-drift",
      "journal-in-use",
      "no-views",
    ])
      expect([kind, await phaseOf(kind)]).toEqual([kind, "no-data"]);
    expect(await phaseOf("worker-silent")).toBe("pending");
  });

  it("from a table that cannot be read affects only its own rules, and is reported", async () => {
    await database.pool.query(`ALTER TABLE "KnownLoss" RENAME TO "Hidden"`);
    try {
      await evaluateAfter();
    } finally {
      await database.pool.query(`ALTER TABLE "Hidden" RENAME TO "KnownLoss"`);
    }
    expect(await phaseOf("known-loss")).toBe("no-data");
    expect(await phaseOf("ledger-drift")).toBe("ok");
    expect(errors).toEqual(["known loss"]);
  });
});

describe("an operator's setting", () => {
  it("is not an outage: counting in the database by choice is not fallback", async () => {
    await set("fallback-share", { forSeconds: 0 });
    settings = { ...settings, databaseReason: "Redis is being moved" };
    await evaluateAfter(15, { web: { redis: 0, database: 9, mode: "database" } });
    expect(await phaseOf("fallback-share")).toBe("ok");
    expect(await messageOf("fallback-share")).toContain("Redis is being moved");
  });

  it("does not hide a late sync, but is mentioned with it", async () => {
    await set("sync-late", { forSeconds: 0 });
    settings = {
      ...settings,
      syncPaused: { until: new Date("2026-03-02T14:00:00Z"), reason: "a migration" },
    };
    await evaluateAfter(15, { worker: { lagSeconds: 9000 } });
    expect(await phaseOf("sync-late")).toBe("firing");
    expect(await messageOf("sync-late")).toContain("paused until 14:00 UTC: a migration");
  });
});

describe("at night", () => {
  it("without readers, an outage still shows in where views would go", async () => {
    await set("fallback-share", { forSeconds: 0, windowSeconds: 30 });
    await evaluateAfter(60, { web: { redis: 0, database: 0, mode: "database" } });
    expect(await phaseOf("fallback-share")).toBe("firing");
  });
});

describe("the lock", () => {
  it("lets one of two processes evaluate, and once per interval", async () => {
    pass(15);
    const both = await Promise.all([evaluate(sources("web-1"), clock), evaluate(sources("worker-1"), clock)]);
    expect(both.filter((result) => result === "evaluated")).toHaveLength(1);
    pass(7);
    expect(await evaluate(sources("worker-1"), clock)).toBe("not due");
    pass(8);
    expect(await evaluate(sources("worker-1"), clock)).toBe("evaluated");
    expect(await database.db.lastEvaluation.findFirst()).toMatchObject({ process: "worker-1", at: clock });
  });

  it("is released when the process that held it dies", async () => {
    const holder = await database.pool.connect();
    await holder.query("BEGIN");
    await holder.query("SELECT pg_advisory_xact_lock($1::bigint)", [ADVISORY_LOCKS.evaluateAlerts]);
    pass(15);
    expect(await evaluate(sources(), clock)).toBe("another process is evaluating");
    // As when its process is killed: the connection ends without notice.
    holder.release(true);
    await expect.poll(() => evaluate(sources(), clock)).toBe("evaluated");
  });

  it("a failed evaluation changes nothing, and rejects", async () => {
    await evaluateAfter();
    pass(15);
    await ledger(5);
    await database.pool.query(
      `ALTER TABLE "AlertRound" ADD CONSTRAINT broken CHECK (process <> 'web-1') NOT VALID`,
    );
    try {
      await expect(evaluate(sources(), clock)).rejects.toThrow();
    } finally {
      await database.pool.query(`ALTER TABLE "AlertRound" DROP CONSTRAINT broken`);
    }
    expect(await database.db.alert.count()).toBe(0);
    expect(await phaseOf("ledger-drift")).toBe("ok");
    expect(await evaluate(sources(), clock)).toBe("evaluated");
    expect(await phaseOf("ledger-drift")).toBe("firing");
  });
});

describe("operators", () => {
  async function firing() {
    await set("ledger-drift", { keepFiringSeconds: 60 });
    await database.db.alertChannel.create({
      data: {
        name: "test",
        kind: "webhook",
        url: "https://example.test/hook",
        host: "example.test",
        secret: "a secret of the tests",
        createdBy: ACTOR.email,
      },
    });
    pass(1);
    await ledger(5);
    await evaluateAfter();
    return database.db.alert.findFirstOrThrow({ where: { rule: "ledger-drift" } });
  }
  const events = async () =>
    (await database.db.delivery.findMany({ orderBy: { id: "asc" } })).map((delivery) => delivery.event);
  const audited = async () =>
    (await database.db.auditEvent.findFirstOrThrow({ orderBy: { id: "desc" } })) ?? {};

  it("acknowledge with a note, which is audited", async () => {
    const { id } = await firing();
    expect(await events()).toEqual(["firing"]);
    await acknowledge(database.db, ACTOR, id, { note: "Looking into it", now: clock });
    expect(await database.db.alert.findUnique({ where: { id } })).toMatchObject({
      acknowledgedBy: ACTOR.email,
      note: "Looking into it",
    });
    expect(await audited()).toMatchObject({ action: "alert.acknowledge", reason: "Looking into it" });
    await evaluateAfter();
    expect(await events()).toEqual(["firing"]);
    pass(1);
    await ledger(0);
    await evaluateAfter();
    await evaluateAfter(60);
    expect(await events()).toEqual(["firing", "resolved"]);
    await expect(acknowledge(database.db, ACTOR, id, { note: "", now: clock })).rejects.toThrow(BadEdit);
  });

  it("snooze until a time, after which the channels are notified again", async () => {
    const { id } = await firing();
    await snooze(database.db, ACTOR, id, { until: new Date(clock.getTime() + 60_000), now: clock });
    await evaluateAfter();
    await evaluateAfter(30);
    expect(await events()).toEqual(["firing"]);
    await evaluateAfter();
    expect(await events()).toEqual(["firing", "firing"]);
    await expect(snooze(database.db, ACTOR, id, { until: ago(1), now: clock })).rejects.toThrow(BadEdit);
  });

  it("silence a rule with a reason and an end, and end the silence", async () => {
    const until = new Date(clock.getTime() + 3_600_000);
    await expect(
      silenceRule(database.db, ACTOR, "ledger-drift", { until, reason: " ", now: clock }),
    ).rejects.toThrow(BadEdit);
    await silenceRule(database.db, ACTOR, "ledger-drift", { until, reason: "known", now: clock });
    await firing();
    await evaluateAfter();
    expect(await phaseOf("ledger-drift")).toBe("firing");
    expect(await events()).toEqual([]);
    await unsilenceRule(database.db, ACTOR, "ledger-drift");
    expect(await audited()).toMatchObject({ action: "alert.unsilence" });
    await evaluateAfter();
    expect(await events()).toEqual(["firing"]);
  });

  it("edit a rule; before and after are audited in the same transaction, and invalid numbers are refused", async () => {
    const edit = {
      enabled: true,
      threshold: 0.2,
      windowSeconds: 600,
      forSeconds: 60,
      keepFiringSeconds: 120,
      severity: "critical" as const,
    };
    await editRule(database.db, ACTOR, "fallback-share", edit);
    expect(await database.db.alertRule.findUnique({ where: { kind: "fallback-share" } })).toMatchObject(edit);
    expect(await audited()).toMatchObject({
      action: "alert.edit-rule",
      before: { threshold: 0.05, severity: "notice" },
      after: { threshold: 0.2, severity: "critical" },
    });
    for (const wrong of [{ threshold: 2 }, { threshold: 0 }, { windowSeconds: 3 }, { forSeconds: -1 }])
      await expect(editRule(database.db, ACTOR, "fallback-share", { ...edit, ...wrong })).rejects.toThrow(
        BadEdit,
      );
    await expect(editRule(database.db, ACTOR, "no-such-rule", edit)).rejects.toThrow(BadEdit);
  });

  it("disable a rule, which resolves its alert", async () => {
    const { id } = await firing();
    await set("ledger-drift", { enabled: false });
    await evaluateAfter();
    expect(await database.db.alert.findUnique({ where: { id } })).toMatchObject({ phase: "resolved" });
    expect(await messageOf("ledger-drift")).toBe("This rule is disabled.");
  });
});

describe("facts from Redis", () => {
  it("are its memory, its risks and its failed jobs; or no data, within the timeout, when it does not answer", async () => {
    const { redis: client, url } = await connectTestRedis(11);
    const connection = new Redis(url, { maxRetriesPerRequest: null });
    const name = `alerts-${randomUUID()}`;
    const queue = new Queue(name, { connection });
    const worker = new Worker(
      name,
      async () => {
        throw new Error("shard 2: no answer");
      },
      { connection },
    );
    try {
      await queue.add("sync", {});
      await expect
        .poll(async () => (await readRedisFacts(client, queue, new Date(0)))?.failedJobs)
        .toEqual({ count: 1, error: "shard 2: no answer" });
      const facts = await readRedisFacts(client, queue, new Date(Date.now() + 60_000));
      expect(facts?.failedJobs?.count).toBe(0);
      expect(facts?.redisRisks).toEqual([]);
      expect(facts?.memory?.used).toBeGreaterThan(0);
    } finally {
      await worker.close();
      await queue.obliterate({ force: true });
      await queue.close();
      connection.disconnect();
      client.disconnect();
    }
    expect(await readRedisFacts(client, queue, new Date(0))).toBeNull();
    expect(await readRedisFacts(null, null, new Date(0))).toBeNull();
  });

  it("use the machine's memory as the limit where Redis has no limit", () => {
    const info =
      "used_memory:1000\r\ntotal_system_memory:9000\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n";
    expect(parseMemory(info)).toEqual({ used: 1000, limit: 9000 });
    expect(parseMemory(info.replace("maxmemory:0", "maxmemory:4000"))?.limit).toBe(4000);
    expect(parseMemory("# nothing")).toBeNull();
  });
});
