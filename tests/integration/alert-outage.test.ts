import { describe, expect, it } from "vitest";
import { recordDrills } from "../../app/alerts/drills/record-drills";
import { nextEvaluationAt } from "../../app/alerts/evaluation-due";
import { createAlertSite } from "../support/alert-site";

const site = createAlertSite();
const { live, mode, phaseOf, steps, messageOf } = site;
const events = () => site.events("redis-away");

const alerts = () =>
  site.database.db.alert.findMany({ where: { rule: "redis-away" }, orderBy: { id: "asc" } });
const only = async () => {
  const [alert, ...others] = await alerts();
  expect(others).toEqual([]);
  if (!alert) throw new Error("there is no alert");
  return alert;
};
const seconds = (from: Date, to: Date | null) => to && (to.getTime() - from.getTime()) / 1000;
/** Views go where the processes count. */
const away = () => ({ redis: 0, database: 5, mode: "database" });
/** The process leaves Redis between two evaluations, in the middle of their interval. */
async function outage() {
  await site.channel();
  await live(20);
  await mode("database");
  return site.clock;
}

describe("an outage of Redis", () => {
  it("fires 15 s after it began, within the second, and is resolved 30 s after it ended, whoever evaluates", async () => {
    const began = await outage();
    await live(14, away);
    expect(await phaseOf("redis-away")).toBe("pending");
    await live(2, away);
    const fired = await only();
    expect(seconds(began, fired.firedAt)).toBeGreaterThanOrEqual(15);
    expect(seconds(began, fired.firedAt)).toBeLessThanOrEqual(16);
    expect(fired).toMatchObject({ pendingAt: began, severity: "warning", value: 1 });
    expect(fired.message).toMatch(
      /has counted in the database since 12:00:20 UTC, because the connection to Redis was lost/,
    );
    expect(await events()).toEqual(["firing"]);

    await live(7, away);
    await mode("redis");
    const back = site.clock;
    await live(1);
    expect(await phaseOf("redis-away")).toBe("recovering");
    expect((await only()).recoveringSince).toEqual(back);
    await live(28);
    expect((await only()).resolvedAt).toBeNull();
    await live(2);
    const resolved = await only();
    expect(seconds(back, resolved.resolvedAt)).toBeGreaterThanOrEqual(30);
    expect(seconds(back, resolved.resolvedAt)).toBeLessThanOrEqual(31);
    expect(resolved.recoveringSince).toBeNull();
    expect(await events()).toEqual(["firing", "resolved"]);
    expect(await steps(resolved.id)).toEqual(["pending", "firing", "recovering", "resolved"]);
    expect(await site.database.db.alertReading.count({ where: { alertId: resolved.id } })).toBeGreaterThan(3);
    // The slow rule, about shares of views, fires beside it, as a notice.
    expect(await site.database.db.alert.findMany({ where: { rule: "fallback-share" } })).toMatchObject([
      { severity: "notice" },
    ]);
  });

  it("shorter than 15 s leaves nothing behind", async () => {
    await outage();
    await live(12, away);
    await mode("redis");
    await live(20);
    expect(await alerts()).toEqual([]);
    expect(await events()).toEqual([]);
  });

  it("in which Redis answers for seconds is one alert with one notification", async () => {
    await outage();
    for (let flap = 0; flap < 4; flap += 1) {
      await live(8, away);
      await mode("redis");
      await live(3);
      await mode("database");
    }
    await live(2, away);
    expect(await phaseOf("redis-away")).toBe("firing");
    await mode("redis");
    await live(20);
    await mode("database");
    await live(20, away);
    expect(await only()).toMatchObject({ phase: "firing" });
    expect(await events()).toEqual(["firing"]);
  });

  it("and another one minutes later are two alerts, and both are notified", async () => {
    await outage();
    await live(30, away);
    await mode("redis");
    await live(120);
    await mode("database");
    await live(20, away);
    expect((await alerts()).map(({ phase }) => phase)).toEqual(["resolved", "firing"]);
    expect(await events()).toEqual(["firing", "resolved", "firing"]);
  });

  it("that comes back after a minute of quiet, before its alert is resolved, is notified again", async () => {
    await site.set("redis-away", { keepFiringSeconds: 600 });
    await outage();
    await live(20, away);
    await mode("redis");
    await live(59);
    await mode("database");
    await live(20, away);
    expect(await events()).toEqual(["firing"]);
    await mode("redis");
    await live(61);
    await mode("database");
    await live(2, away);
    expect(await events()).toEqual(["firing", "firing"]);
    expect(await steps((await only()).id)).toEqual([
      "pending",
      "firing",
      "recovering",
      "relapsed",
      "recovering",
      "relapsed",
    ]);
  });
});

describe("an operator who chooses the database", () => {
  it("ends the alert as explained, and the way back to Redis raises none", async () => {
    await outage();
    await live(20, away);
    expect(await phaseOf("redis-away")).toBe("firing");
    site.settings = { ...site.settings, databaseReason: "Redis is being moved" };
    await live(20, away);
    const explanation = "An operator chose to count in the database: Redis is being moved.";
    const alert = await only();
    expect(alert).toMatchObject({ phase: "resolved", explanation });
    expect(await steps(alert.id)).toEqual(["pending", "firing", "explained", "resolved"]);
    expect(await messageOf("redis-away")).toBe(explanation);
    const [, resolved] = await site.database.db.delivery.findMany({
      where: { alertId: alert.id },
      orderBy: { id: "asc" },
    });
    expect(resolved).toMatchObject({ event: "resolved", body: { alert: { says: explanation } } });

    await live(400, away);
    site.settings = { ...site.settings, databaseReason: null };
    await site.database.db.setting.create({
      data: { key: "countIn", value: { store: "redis", reason: "" }, updatedAt: site.clock },
    });
    // The process asks for its settings every few seconds.
    await live(4, away);
    await mode("redis");
    await live(330);
    expect(await alerts()).toHaveLength(1);
    expect(await site.database.db.alert.count({ where: { rule: "fallback-share" } })).toBe(0);
  });

  it("and returns to a Redis that is away gets the alert 15 s later", async () => {
    site.settings = { ...site.settings, databaseReason: "" };
    await outage();
    await live(60, away);
    site.settings = { ...site.settings, databaseReason: null };
    const chosenAt = site.clock;
    await site.database.db.setting.create({
      data: { key: "countIn", value: { store: "redis", reason: "" }, updatedAt: chosenAt },
    });
    await live(31, away);
    expect(await only()).toMatchObject({ pendingAt: chosenAt, phase: "firing" });
  });
});

describe("a drill", () => {
  const drill = async (length: number) => {
    const endsAt = new Date(site.clock.getTime() + length * 1000);
    return site.database.db.drill.create({ data: { startedAt: site.clock, endsAt, startedBy: "user 1" } });
  };

  it("fires and notifies, says that it is a drill's, and needs no one", async () => {
    await live(20);
    const { id } = await drill(60);
    await outageOfDrill();
    await live(20, away);
    const alert = await only();
    expect(alert).toMatchObject({ phase: "firing", drillId: id });
    expect(alert.explanation).toBe(
      `Drill ${id} is running until 12:01:20 UTC: views are counted in the database on purpose.`,
    );
    expect(await events()).toEqual(["firing"]);
    await live(39, away);
    await mode("redis");
    await live(40);
    expect(await only()).toMatchObject({ phase: "resolved", drillId: id });
    // What the slow rule finds afterwards are the drill's views.
    for (const slow of await site.database.db.alert.findMany({ where: { rule: "fallback-share" } }))
      expect(slow).toMatchObject({ drillId: id, explanation: expect.stringContaining(`drill ${id}`) });
    await recordDrills(site.database.db);
    expect(await site.database.db.drill.findFirst()).toMatchObject({ alertId: alert.id });
  });

  it("that starts seconds after an operator's choice of the database is explained as well", async () => {
    site.settings = { ...site.settings, databaseReason: "a new disk" };
    await outage();
    await live(20, away);
    site.settings = { ...site.settings, databaseReason: null };
    await mode("redis");
    await live(2);
    const { id } = await drill(60);
    await site.database.db.modeChange.create({
      data: {
        at: site.clock,
        process: "web-1",
        role: "web",
        from: "redis",
        to: "database",
        reason: `drill ${id}: a rehearsed outage, started by user 1`,
      },
    });
    await live(20, away);
    expect(await only()).toMatchObject({ phase: "firing", drillId: id });
  });

  it("that ends while Redis stays away hands its alert over to the real outage, which is notified", async () => {
    await live(20);
    const { id } = await drill(40);
    await outageOfDrill();
    await live(40, away);
    expect(await only()).toMatchObject({ phase: "firing", drillId: id });
    await live(26, away);
    const alert = await only();
    expect(alert).toMatchObject({ phase: "firing", explanation: null, drillId: id });
    expect(alert.message).toMatch(/has counted in the database since/);
    expect(await events()).toEqual(["firing", "firing"]);
    expect(await steps(alert.id)).toEqual(["pending", "firing", "unexplained"]);
  });

  async function outageOfDrill() {
    await site.channel();
    await live(1);
    await mode("database");
  }
});

describe("the next evaluation", () => {
  it("is due every 15 s where nothing happens, and at once after a change of mode", async () => {
    expect(await live(60)).toBe(4);
    await live(7);
    await mode("database");
    expect(await live(1, away)).toBe(1);
  });

  it("is earlier when an alert fires or resolves before, but not in the past", () => {
    const now = new Date("2026-03-02T12:00:00Z");
    const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
    expect(nextEvaluationAt([null, at(40), at(7), at(-3)], now, 15_000)).toEqual(at(7));
    expect(nextEvaluationAt([], now, 15_000)).toEqual(at(15));
  });
});
