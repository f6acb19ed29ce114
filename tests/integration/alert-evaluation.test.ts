import { describe, expect, it } from "vitest";
import { evaluate } from "../../app/alerts/evaluate";
import { ADVISORY_LOCKS } from "../../app/platform/advisory-locks";
import { createAlertSite, HEALTHY_REDIS } from "../support/alert-site";

const site = createAlertSite();
const { pass, ledger, evaluateAfter, phaseOf, messageOf, set, sources } = site;

describe("missing data", () => {
  it("is a separate state: an unreachable Redis is not a healthy one", async () => {
    site.redis = null;
    await evaluateAfter();
    expect(await phaseOf("redis-memory")).toBe("no-data");
    expect(await phaseOf("queue-failures")).toBe("no-data");
    expect(await messageOf("redis-memory")).toMatch(/unreachable/);
  });

  it("does not resolve a firing alert", async () => {
    await set("redis-memory", { forSeconds: 0, keepFiringSeconds: 0 });
    site.redis = { ...HEALTHY_REDIS, memory: { used: 99, limit: 100 } };
    await evaluateAfter();
    expect(await phaseOf("redis-memory")).toBe("firing");
    site.redis = null;
    await evaluateAfter();
    await evaluateAfter(3600);
    expect(await phaseOf("redis-memory")).toBe("firing");
    const alert = await site.database.db.alert.findFirstOrThrow({ where: { rule: "redis-memory" } });
    expect(alert.unknownSince).not.toBeNull();
    expect(alert.message).toMatch(/^Redis uses 99%/);
    site.redis = HEALTHY_REDIS;
    await evaluateAfter();
    expect(await phaseOf("redis-memory")).toBe("ok");
  });

  it("from web processes, the worker and last week is reported as such", async () => {
    await site.database.pool.query(`TRUNCATE "Sample", "SyncRun", "LedgerEntry"`);
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
    await site.database.pool.query(`ALTER TABLE "KnownLoss" RENAME TO "Hidden"`);
    try {
      await evaluateAfter();
    } finally {
      await site.database.pool.query(`ALTER TABLE "Hidden" RENAME TO "KnownLoss"`);
    }
    expect(await phaseOf("known-loss")).toBe("no-data");
    expect(await phaseOf("ledger-drift")).toBe("ok");
    expect(site.errors.sort(), "what is lost is bad for an objective, too").toEqual([
      "known loss",
      "objectives",
    ]);
  });
});

describe("an operator's setting", () => {
  it("is not an outage: counting in the database by choice is not fallback", async () => {
    await set("fallback-share", { forSeconds: 0 });
    site.settings = { ...site.settings, databaseReason: "Redis is being moved" };
    await evaluateAfter(15, { web: { redis: 0, database: 9, mode: "database" } });
    expect(await phaseOf("fallback-share")).toBe("ok");
    expect(await messageOf("fallback-share")).toContain("Redis is being moved");
  });

  it("does not hide a late sync, but is mentioned with it", async () => {
    await set("sync-late", { forSeconds: 0 });
    site.settings = {
      ...site.settings,
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
    const both = await Promise.all([
      evaluate(sources("web-1"), site.clock),
      evaluate(sources("worker-1"), site.clock),
    ]);
    expect(both.filter((result) => result === "evaluated")).toHaveLength(1);
    pass(7);
    expect(await evaluate(sources("worker-1"), site.clock)).toBe("not due");
    pass(8);
    expect(await evaluate(sources("worker-1"), site.clock)).toBe("evaluated");
    expect(await site.database.db.lastEvaluation.findFirst()).toMatchObject({
      process: "worker-1",
      at: site.clock,
    });
  });

  it("is released when the process that held it dies", async () => {
    const holder = await site.database.pool.connect();
    await holder.query("BEGIN");
    await holder.query("SELECT pg_advisory_xact_lock($1::bigint)", [ADVISORY_LOCKS.evaluateAlerts]);
    pass(15);
    expect(await evaluate(sources(), site.clock)).toBe("another process is evaluating");
    // As when its process is killed: the connection ends without notice.
    holder.release(true);
    await expect.poll(() => evaluate(sources(), site.clock)).toBe("evaluated");
  });

  it("a failed evaluation changes nothing, and rejects", async () => {
    await evaluateAfter();
    pass(15);
    await ledger(5);
    await site.database.pool.query(
      `ALTER TABLE "AlertRound" ADD CONSTRAINT broken CHECK (process <> 'web-1') NOT VALID`,
    );
    try {
      await expect(evaluate(sources(), site.clock)).rejects.toThrow();
    } finally {
      await site.database.pool.query(`ALTER TABLE "AlertRound" DROP CONSTRAINT broken`);
    }
    expect(await site.database.db.alert.count()).toBe(0);
    expect(await phaseOf("ledger-drift")).toBe("ok");
    expect(await evaluate(sources(), site.clock)).toBe("evaluated");
    expect(await phaseOf("ledger-drift")).toBe("firing");
  });
});
