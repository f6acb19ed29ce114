import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readDrills } from "../../app/alerts/drills/read-drills";
import { readAlert } from "../../app/pages/alerts/alert/read-alert";
import { createReaders } from "../support/incident-readers";
import { SLUG, startIncidentSite } from "../support/incident-site";
import { CALM, IN_REDIS, secondsFrom, TAB_IN_DATABASE, watchIncident } from "../support/incident-watch";
import { sumsOf } from "../support/readers";
import { until } from "../support/until";

// Before any module of the site is loaded: some keep Date.now.
vi.hoisted(() => vi.useFakeTimers({ toFake: ["Date"] }));
vi.mock("../../app/platform/every", async () => ({
  every: (await import("../support/injected-clock")).everyByClock,
}));

/** Of the rule "Redis is away", as it comes with the site, s. */
const [FIRES_AFTER, CLEARS_AFTER] = [15, 30];
/** How often notifications are sent, s. */
const DELIVERY = 2;
const THERE_AND_BACK = ["Redis", "database", "Redis"];
/** Acts take some seconds; a busy machine may take ten times as long. */
const ACT_MS = 180_000;

let site: Awaited<ReturnType<typeof startIncidentSite>>;
let readers: ReturnType<typeof createReaders>;
let incident: ReturnType<typeof watchIncident>;

beforeAll(async () => {
  site = await startIncidentSite();
  readers = createReaders(site.web, SLUG);
  incident = watchIncident(site, readers, "redis-away");
  for (let early = 0; early < 5; early += 1) await readers.arrives("redis");
  await site.sync();
  // What is read within two seconds of a sync is not remembered.
  await site.clock.pass(5);
  for (let late = 0; late < 5; late += 1) await readers.arrives("redis");
  // Every process has reported, and the operator's page is there.
  await site.clock.pass(15);
  await incident.sees(CALM);
}, 120_000);
afterAll(async () => {
  await site?.stop();
  vi.useRealTimers();
});

/** Redis goes and comes back. @returns its alert, and what the operator saw. */
async function outage({ start, end, says }: { start(): Promise<void>; end(): unknown; says: RegExp }) {
  const { clock } = site;
  const { alerts, events, follow, latest, listed, live, quiet, sees } = incident;
  const [before, told] = [await alerts(), events()];
  const places = follow();
  const startedAt = new Date();
  await start();

  // First the headline, and the tab: the clock has not moved.
  await sees({ headline: says, title: TAB_IN_DATABASE });
  expect(await alerts()).toEqual(before);

  // Then the alert, to the second.
  await live(FIRES_AFTER - 1, "database");
  expect(await latest()).toMatchObject({ phase: "pending", pendingAt: startedAt });
  expect(listed()).toBeUndefined();
  expect(events()).toEqual(told);
  await clock.pass(1);
  const fired = await latest();
  expect(fired).toMatchObject({ phase: "firing", severity: "warning", explanation: null });
  expect(secondsFrom(startedAt, fired.firedAt)).toBe(FIRES_AFTER);

  // Then the notification, which was written with the alert.
  await clock.pass(DELIVERY);
  expect(events()).toEqual([...told, "firing"]);
  const [delivery] = await site.deliveries(fired.id);
  expect(delivery?.createdAt).toEqual(fired.firedAt);
  await until("the operator sees the alert", () => listed()?.needsAttention === true);
  await sees({
    headline: new RegExp(`${says.source} 1 alert needs attention\\.$`),
    title: /^\(1\) ▲ Database since \d\d:\d\d · Tidemark$/,
  });

  await readers.comesBack(before.length + 1);
  await live(20, "database");
  expect(events(), "one notification").toEqual([...told, "firing"]);

  // Then Redis is back: the headline again before anything else.
  await end();
  await site.untilMode("redis");
  const endedAt = new Date();
  await sees(IN_REDIS);
  expect((await latest()).resolvedAt).toBeNull();
  await clock.pass(1);
  expect(await latest()).toMatchObject({ phase: "firing", recoveringSince: endedAt });
  await clock.pass(DELIVERY);
  await until("the page says when it closes", () => listed()?.status === "recovering");
  // Meanwhile the worker reconciles: views that both stores have counted are one again.
  while (!(await readers.areSettled())) {
    expect(secondsFrom(endedAt, new Date()), "reconciled soon").toBeLessThan(CLEARS_AFTER - 5);
    await clock.pass(1);
  }

  // Then the alert is cleared, to the second, and the channel is told.
  await live(CLEARS_AFTER - 1 - secondsFrom(endedAt, new Date()), "redis");
  expect((await latest()).resolvedAt).toBeNull();
  await clock.pass(1);
  const cleared = await latest();
  expect(secondsFrom(endedAt, cleared.resolvedAt)).toBe(CLEARS_AFTER);
  expect(events()).toEqual([...told, "firing"]);
  await clock.pass(DELIVERY);
  expect(events()).toEqual([...told, "firing", "resolved"]);
  await until("the page no longer lists it", () => !listed());

  await quiet();
  expect(await alerts(), "one alert for one outage").toHaveLength(before.length + 1);
  expect(places()).toEqual({
    headline: THERE_AND_BACK,
    title: THERE_AND_BACK,
  });
  return cleared;
}

/** The titles of an alert's timeline, as its page shows them. */
const timelineOf = async (id: number) =>
  (await readAlert(site.database.db, id, new Date()))?.timeline.map(({ title }) => title);
const TIMELINE = [
  "Limit reached: pending",
  "Fired",
  "Inbox was notified that it is firing",
  "a webhook was notified that it is firing",
  "Back to normal",
  "Resolved",
  "Inbox was notified that it is resolved",
  "a webhook was notified that it is resolved",
];

describe("an incident, while an operator watches", () => {
  it("Redis is frozen and goes on: headline, alert, notification, clearance", {
    timeout: ACT_MS,
  }, async () => {
    const alert = await outage({
      async start() {
        site.redis.freeze();
        // A frozen Redis keeps its connections: the first view finds out, and counts all the same.
        await readers.arrives("database", { asksFrozen: true });
      },
      end: () => site.redis.thaw(),
      says: /^Counting in the database since \d\d:\d\d UTC, because Redis did not answer within \d+ ms\./,
    });
    expect(alert.message).toMatch(
      /^1 of 1 web process has counted in the database since .* UTC, because Redis did not answer within \d+ ms\.$/,
    );
    expect(await timelineOf(alert.id)).toEqual(TIMELINE);
  });

  it("Redis is killed and starts again: the same, with an alert of its own", {
    timeout: ACT_MS,
  }, async () => {
    const alert = await outage({
      start: () => site.redis.kill(),
      end: () => site.redis.start(),
      says: /^Counting in the database since \d\d:\d\d UTC, because (the connection to Redis was lost|there is no connection to Redis: .*)\./,
    });
    expect(await timelineOf(alert.id)).toEqual(TIMELINE);
  });

  it("an operator chooses the database, and Redis again: it is explained, and no one is told", {
    timeout: ACT_MS,
  }, async () => {
    const { clock, submit } = site;
    const { events, follow, live, quiet, sees } = incident;
    const { db } = site.database;
    const [before, told] = [await db.alert.count(), events()];
    const places = follow();
    const choose = (store: string, reason: string) =>
      submit("sync", { intent: "switch", store, how: "at-once", reason });
    expect(await choose("database", "Redis moves to another machine")).toMatchObject({ ok: true });
    await sees({
      headline:
        /^Counting in the database since .*, because an operator chose the database: Redis moves to another machine\.$/,
      title: TAB_IN_DATABASE,
    });
    await live(4 * FIRES_AFTER, "database");
    expect(await db.alertCheck.findUnique({ where: { rule: "redis-away" } })).toMatchObject({
      phase: "ok",
      message: "An operator chose to count in the database: Redis moves to another machine.",
    });

    expect(await choose("redis", "It has moved")).toMatchObject({ ok: true });
    await sees(IN_REDIS);
    await clock.pass(5);
    await live(4 * FIRES_AFTER, "redis");
    await quiet();
    expect(await db.alert.count()).toBe(before);
    expect(events()).toEqual(told);
    expect(places()).toEqual({
      headline: THERE_AND_BACK,
      title: THERE_AND_BACK,
    });
  });

  it("a drill: the alert fires, is notified and cleared, and says that it is the drill's", {
    timeout: ACT_MS,
  }, async () => {
    const { clock, submit } = site;
    const { alerts, events, follow, latest, listed, live, quiet, sees } = incident;
    const { db } = site.database;
    const LENGTH = 120;
    const [before, told] = [await alerts(), events()];
    const places = follow();
    expect(await submit("drill", { intent: "start-drill", seconds: String(LENGTH) })).toMatchObject({
      ok: true,
    });
    const { id } = await db.drill.findFirstOrThrow();
    // Every process asks once a second.
    await clock.pass(1);
    const startedAt = new Date();
    await site.untilMode("database");
    const says = new RegExp(
      `^Drill ${id} is running until .*: views are counted in the database on purpose\\.`,
    );
    await sees({ headline: says, title: TAB_IN_DATABASE });
    expect(listed()).toBeUndefined();

    await live(FIRES_AFTER - 1, "database");
    expect(events()).toEqual(told);
    await clock.pass(1);
    const fired = await latest();
    expect(fired).toMatchObject({ phase: "firing", drillId: id, explanation: expect.stringMatching(says) });
    expect(secondsFrom(startedAt, fired.firedAt)).toBe(FIRES_AFTER);
    await clock.pass(DELIVERY);
    expect(site.notified("redis-away").at(-1)).toEqual({
      event: "firing",
      says: expect.stringMatching(says),
    });
    await until("the page lists it, and asks no one", () => {
      const alert = listed();
      return alert?.status === "explained" && !alert.needsAttention;
    });
    // Its words end without an alert that needs attention.
    await sees({
      headline: new RegExp(`${says.source}$`),
      title: /^\(1\) ◆ Database since \d\d:\d\d · Tidemark$/,
    });
    await readers.comesBack(before.length + 1);

    await live(LENGTH - FIRES_AFTER - DELIVERY - 2, "database");
    expect((await db.drill.findFirstOrThrow()).endedAt).toBeNull();
    await clock.pass(1);
    await site.untilMode("redis");
    const endedAt = new Date();
    await sees(IN_REDIS);
    await clock.pass(CLEARS_AFTER - 1);
    expect((await latest()).resolvedAt).toBeNull();
    await clock.pass(1);
    expect(secondsFrom(endedAt, (await latest()).resolvedAt)).toBe(CLEARS_AFTER);
    await clock.pass(DELIVERY);
    expect(events()).toEqual([...told, "firing", "resolved"]);

    await quiet();
    expect(await alerts()).toHaveLength(before.length + 1);
    const { drills } = await readDrills(db, new Date());
    expect(drills[0]?.checks.map(({ step, happened }) => `${step}: ${happened}`)).toEqual([
      "Noticed: yes",
      "All switched: yes",
      "Fallback: yes",
      "Alert fired: yes",
      "Notified: yes",
      "All recovered: yes",
      "Reconciled: yes",
      "Alert resolved: yes",
    ]);
    expect(places()).toEqual({
      headline: THERE_AND_BACK,
      title: THERE_AND_BACK,
    });
  });

  it("and the books balance: every reader counted once, in every total", { timeout: ACT_MS }, async () => {
    const { db, pool } = site.database;
    expect(site.operator.connected(), "on one connection from start to end").toBe(true);
    await site.sync();
    expect(await readers.areSettled()).toBe(true);
    const count = readers.count();
    expect(await sumsOf(pool, SLUG)).toMatchObject({ readCount: count, history: count });
    const chapter = await db.chapter.findFirstOrThrow();
    const hours = await db.viewHour.aggregate({
      where: { kind: "chapter", targetId: chapter.id },
      _sum: { views: true },
    });
    expect([Number(chapter.readCount), Number(hours._sum.views)]).toEqual([count, count]);
    const { probes } = await db.drill.findFirstOrThrow();
    const ledger = await site.readLedger();
    // A view of a chapter is one of its story, too.
    expect(ledger).toMatchObject({
      accepted: 2 * count + probes,
      buffered: 0,
      journalled: 0,
      knownLost: 0,
      drift: 0,
    });
    // Of three outages, a reader came back in each whom only Redis knew.
    expect(ledger?.retracted).toBeGreaterThanOrEqual(2 * 3);
    expect(await db.givenUpRows.count()).toBe(0);
  });
});
