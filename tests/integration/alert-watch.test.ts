import { describe, expect, it } from "vitest";
import { evaluate } from "../../app/alerts/evaluate";
import { readLastEvaluation, watchEvaluation } from "../../app/alerts/watch-evaluation";
import { ADVISORY_LOCKS } from "../../app/platform/advisory-locks";
import { createAlertSite } from "../support/alert-site";

const site = createAlertSite();
const { evaluateAfter, events, live, pass, phaseOf, sources } = site;

const watch = () => watchEvaluation(sources("web-2"), site.clock);
const alerts = () => site.database.db.alert.findMany({ where: { rule: "evaluation-stopped" } });

describe("an evaluation that stopped", () => {
  it("is noticed by any other process while it lasts, and notified", async () => {
    await site.channel();
    await evaluateAfter();
    // As when a process freezes inside its evaluation: it keeps the lock.
    const frozen = await site.database.pool.connect();
    await frozen.query("BEGIN");
    await frozen.query("SELECT pg_advisory_xact_lock($1::bigint)", [ADVISORY_LOCKS.evaluateAlerts]);
    try {
      pass(61);
      expect(await evaluate(sources("web-2"), site.clock)).toBe("another process is evaluating");
      expect(await readLastEvaluation(site.database.db, site.clock)).toMatchObject({ stale: true });
      expect(await watch()).toBe(false);
      pass(60);
      expect(await watch()).toBe(true);
      const [alert] = await alerts();
      expect(alert).toMatchObject({ phase: "firing", severity: "warning" });
      expect(alert?.message).toMatch(
        /^No rule was evaluated for 2 minutes \(since 12:00:15 UTC\); the limit is 2 minutes/,
      );
      expect(await events()).toEqual(["firing"]);
      pass(15);
      expect(await watch()).toBe(true);
      expect(await alerts()).toHaveLength(1);
      expect(await events()).toEqual(["firing"]);
    } finally {
      await frozen.query("ROLLBACK");
      frozen.release();
    }
    await live(1);
    // The first evaluation says how long it was, the next ones that it is over.
    await live(20);
    expect(await phaseOf("evaluation-stopped")).toBe("recovering");
    await live(330);
    expect(await alerts()).toMatchObject([{ phase: "resolved" }]);
    expect(await events()).toEqual(["firing", "resolved"]);
  });

  it("is told afterwards where no process was there to notice", async () => {
    await site.channel();
    await evaluateAfter();
    await evaluateAfter(600);
    const [alert] = await alerts();
    expect(alert?.message).toMatch(/^No rule was evaluated for 10 minutes/);
    expect(await events()).toEqual(["firing"]);
  });

  it("is no alarm on a new site, nor where an operator disabled the rule", async () => {
    expect(await watch()).toBe(false);
    expect(await readLastEvaluation(site.database.db, site.clock)).toEqual({
      at: null,
      process: null,
      stale: false,
    });
    await evaluateAfter();
    await site.set("evaluation-stopped", { enabled: false });
    pass(600);
    expect(await watch()).toBe(false);
    expect(await alerts()).toEqual([]);
  });
});

describe("a worker that stopped reporting", () => {
  it("fires within a minute by the evaluation of a web process, and resolves when it reports again", async () => {
    await site.channel();
    await evaluateAfter();
    for (let quarter = 0; quarter < 5; quarter += 1)
      await evaluateAfter(15, { worker: null, process: "web-2" });
    expect(await phaseOf("worker-silent")).toBe("firing");
    expect(await events()).toEqual(["firing"]);
    await evaluateAfter();
    expect(await phaseOf("worker-silent")).toBe("recovering");
    await evaluateAfter();
    await evaluateAfter();
    expect(await phaseOf("worker-silent")).toBe("ok");
    expect(await events()).toEqual(["firing", "resolved"]);
  });
});
