import { describe, expect, it } from "vitest";
import { RULE_TYPES } from "../../app/alerts/rule-types/all-rules";
import { findRedisRisks } from "../../app/platform/redis-safety";
import { emptyBuckets } from "../../app/shared/histogram";
import { createAlertSite, HEALTHY_REDIS, type SampleFields } from "../support/alert-site";
import { createStory } from "../support/views";

const site = createAlertSite();
const { ago, ledger, fallbackRow, evaluateAfter, phaseOf, set } = site;

describe("on a healthy site", () => {
  it("every rule is ok", async () => {
    await evaluateAfter();
    const checks = await site.database.db.alertCheck.findMany();
    expect(checks).toHaveLength(RULE_TYPES.length);
    expect(checks.filter((check) => check.phase !== "ok")).toEqual([]);
    expect(await site.database.db.alert.count()).toBe(0);
    expect(site.errors).toEqual([]);
  });
});

/** A thousand answers, of which so many are slower than any limit. */
function slowBuckets(slow: number) {
  const buckets = emptyBuckets();
  buckets[0] = 1000 - slow;
  buckets[buckets.length - 1] = slow;
  return buckets;
}

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
    fix: () => site.database.pool.query(`UPDATE "Sample" SET "database" = 0, redis = 1, mode = 'redis'`),
    message: /^\d+% of \d+ views in the last 5 minutes were not counted in Redis; the limit is 5%\.$/,
  },
  "budget-spent-fast": {
    breach: () => site.sample({ redis: 900, failed: 2, latencyBuckets: slowBuckets(20) }),
    fix: () => site.database.pool.query(`UPDATE "Sample" SET failed = 0, "latencyBuckets" = '{}'`),
    message:
      /^In the last hour, error budgets were spent too fast: “Views answered” \(99\.9%\) at 20 times its rate, with 20 views slow\. The limit is 14\.4 times\.$/,
  },
  "budget-spent-slowly": {
    breach: () => site.sample({ redis: 900, latencyBuckets: slowBuckets(10) }),
    fix: () => site.database.pool.query(`UPDATE "Sample" SET "latencyBuckets" = '{}'`),
    message:
      /^In the last 6 hours, error budgets were spent too fast: “Views answered” \(99\.9%\) at 10 times its rate, with 10 views slow\./,
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
        await site.database.db.syncRun.create({
          data: {
            trigger: "schedule",
            startedAt: new Date(site.clock.getTime() + second),
            endedAt: site.clock,
            error: "shard 1: gone",
          },
        });
    },
    fix: () =>
      site.database.db.syncRun.create({
        data: { trigger: "run now", startedAt: new Date(site.clock.getTime() + 5000), endedAt: site.clock },
      }),
    message: /^2 syncs in a row failed \(shard 1: gone\)/,
  },
  "sync-stuck": {
    breach: async () => {
      await site.database.db.syncRun.updateMany({ data: { startedAt: ago(4000) } });
      await site.database.db.syncRun.create({ data: { trigger: "schedule", startedAt: ago(1200) } });
    },
    fix: () => site.database.db.syncRun.updateMany({ data: { endedAt: site.clock } }),
    message: /^A sync that started at .* has been running for 21 minutes; the limit is 10 minutes\.$/,
  },
  "reconcile-late": {
    breach: () => fallbackRow(ago(3600)),
    fix: () => site.database.pool.query(`UPDATE "StoryView" SET "reconciledAt" = now()`),
    message:
      /^The oldest view counted in the database that was not compared with Redis is 61 minutes old; the limit is 10 minutes\.$/,
  },
  "rows-given-up": {
    breach: () =>
      site.database.db.givenUpRows.create({
        data: { at: site.clock, kind: "story", views: 7, fromAt: ago(200_000), toAt: ago(190_000) },
      }),
    fix: () => site.database.pool.query(`UPDATE "GivenUpRows" SET at = $1::timestamptz`, [ago(2 * 86_400)]),
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
      site.redis = { ...HEALTHY_REDIS, memory: { used: 90, limit: 100 } };
    },
    fix: () => {
      site.redis = HEALTHY_REDIS;
    },
    message: /^Redis uses 90% of its memory/,
  },
  "redis-safety": {
    breach: () => {
      site.redis = { ...HEALTHY_REDIS, redisRisks: findRedisRisks("maxmemory_policy:allkeys-lru\r\n", null) };
    },
    fix: () => {
      site.redis = HEALTHY_REDIS;
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
      site.database.db.knownLoss.create({
        data: { detectedAt: site.clock, toAt: site.clock, views: 4, cause: "Redis lost its data" },
      }),
    // Two days later, it is outside the window.
    fix: () => site.database.pool.query(`UPDATE "KnownLoss" SET "toAt" = $1::timestamptz`, [ago(2 * 86_400)]),
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
      site.database.db.journalFile.create({
        data: { file: "f1", process: "web-1", appended: 9, replayed: 6, rejected: 3, setAside: 3 },
      }),
    // An operator has removed the file.
    fix: () => site.database.pool.query(`UPDATE "JournalFile" SET "setAside" = 0`),
    message: /^3 lines were set aside, because no store takes them \(f1\.rejected\); the limit is 1\.$/,
  },
  "worker-silent": {
    breach: () => site.database.pool.query(`DELETE FROM "Sample" WHERE role = 'worker'`),
    worker: null,
    fix: () => undefined,
    message: /No worker has ever reported/,
  },
  "no-views": {
    breach: () => site.database.pool.query(`UPDATE "Sample" SET redis = 0 WHERE at > $1`, [ago(7200)]),
    web: { redis: 0 },
    fix: () => undefined,
    message: /^No view arrived in the last hour; 50 did in the same hour a week ago\. The limit is 20\.$/,
  },
  surge: {
    breach: async () => {
      const { story } = await createStory(site.database.pool, `surge-${site.clock.getTime()}`, 0);
      const hour = new Date(Math.floor(site.clock.getTime() / 3_600_000) * 3_600_000);
      await site.database.db.hotStory.create({
        data: { hour, process: "web-1", storyId: story.id, views: 240 },
      });
    },
    fix: () => site.database.pool.query(`DELETE FROM "HotStory"`),
    message: /^“surge-\d+” \(surge-\d+\) had 240 views in the hour from .* of the last four weeks is 0\./,
  },
  "failed-log-ins": {
    breach: () =>
      site.database.db.logInFailure.createMany({
        data: [30, 21].map((failures, n) => ({ at: ago(60 * (n + 1)), failures })),
      }),
    fix: () => site.database.pool.query(`UPDATE "LogInFailure" SET at = at - interval '1 hour'`),
    message: /^51 log-ins failed in the last 10 minutes, for a wrong password or code; the limit is 50\.$/,
  },
  "queue-failures": {
    breach: () => {
      site.redis = { ...HEALTHY_REDIS, failedJobs: { count: 2, error: "shard 0: no answer" } };
    },
    fix: () => {
      site.redis = HEALTHY_REDIS;
    },
    message: /^2 jobs failed for good in the last hour \(shard 0: no answer\)/,
  },
};

/** They go by times of their own: alert-outage.test.ts, alert-watch.test.ts and postgres-away.test.ts. */
const OTHERS = ["redis-away", "evaluation-stopped", "postgres-away"];

describe("each rule", () => {
  it("has a case here", () =>
    expect([...Object.keys(CASES), ...OTHERS].sort()).toEqual(RULE_TYPES.map(({ kind }) => kind).sort()));

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
      const alert = await site.database.db.alert.findFirstOrThrow({ where: { rule: kind } });
      expect(alert).toMatchObject({ phase: "firing", resolvedAt: null, firedAt: site.clock });
      expect(alert.message).toMatch(given.message);
      await given.fix();
      await evaluateAfter();
      expect(await phaseOf(kind)).toBe("recovering");
      await evaluateAfter();
      expect(await phaseOf(kind)).toBe("recovering");
      await evaluateAfter();
      expect(await phaseOf(kind)).toBe("ok");
      expect(await site.database.db.alert.findFirst({ where: { rule: kind } })).toMatchObject({
        phase: "resolved",
        resolvedAt: site.clock,
      });
      expect(await site.database.db.alert.count({ where: { rule: kind } }), "one alert").toBe(1);
      expect(await site.steps(alert.id)).toEqual(["pending", "firing", "recovering", "resolved"]);
    },
  );
});
