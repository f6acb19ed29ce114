import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliverDue } from "../../app/alerts/deliver";
import { followDrills } from "../../app/alerts/drills/follow-drill";
import { PROBES_PER_PROCESS } from "../../app/alerts/drills/limits";
import { checkDrill, readDrills } from "../../app/alerts/drills/read-drills";
import { recordDrills } from "../../app/alerts/drills/record-drills";
import { abortDrill, startDrill } from "../../app/alerts/drills/start-drill";
import { evaluate } from "../../app/alerts/evaluate";
import { BadEdit, ensureRules } from "../../app/alerts/rules";
import { listFallbacks } from "../../app/pages/overview/queries/fallbacks";
import type { Runtime } from "../../app/runtime/create-runtime";
import { DEFAULT_TARGETS } from "../../app/shared/objectives";
import { PROBE_STORY_ID } from "../../app/tracker/probe";
import { ACTOR, addTestChannel, SECRETS } from "../support/channels";
import { quiesce, readAs, sumsOf } from "../support/readers";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { createStory } from "../support/views";
import { startWebhookServer } from "../support/webhook-server";

const scratch = scratchDirectory("drill");
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let runtime: Runtime;
let disconnect: () => void;

beforeAll(async () => {
  database = await createTestDatabase();
  const { redis, url } = await connectTestRedis(12);
  disconnect = () => redis.disconnect();
  await createStory(database.pool, "rehearsed");
  await ensureRules(database.db);
  runtime = await createTestRuntime({
    DATABASE_URL: database.url,
    JOURNAL_DIR: scratch.dir,
    REDIS_URL: url,
    // The runtime delivers notifications too, and may be the first to claim the one that the test expects.
    WEBHOOK_ALLOW_PRIVATE: "true",
  });
  await until(
    "the process reports",
    async () => (await database.db.sample.count({ where: { mode: "redis" } })) > 0,
  );
  await until("it counts in Redis", async () => runtime.mode().mode === "redis");
});
afterAll(async () => {
  await runtime?.close();
  disconnect?.();
  await database?.drop();
  scratch.remove();
});

const drillOf = async (id: number) => {
  await recordDrills(database.db);
  const { drills } = await readDrills(database.db, new Date());
  const drill = drills.find((one) => one.id === id);
  if (!drill) throw new Error("no such drill");
  return drill;
};
const results = (drill: Awaited<ReturnType<typeof drillOf>>) =>
  Object.fromEntries(drill.checks.map((check) => [check.step, check.happened]));

describe("a drill", () => {
  it("proves fallback, alert, notification, recovery and reconcile, and leaves the sums right", async () => {
    const { db, pool } = database;
    const webhookServer = await startWebhookServer();
    try {
      await addTestChannel(db, "webhook", { url: webhookServer.url, secret: "a secret of the tests" });
      await db.alertRule.update({
        where: { kind: "redis-away" },
        data: { forSeconds: 0, keepFiringSeconds: 0 },
      });
      await db.alertRule.update({ where: { kind: "fallback-share" }, data: { enabled: false } });
      expect((await readAs(runtime.countView, "rehearsed", "a")).path).toBe("redis");

      const id = await startDrill(db, ACTOR, 30);
      await until("the tracker falls back", async () => runtime.mode().mode === "database");
      expect(runtime.mode().reason).toBe(`drill ${id}: a rehearsed outage, started by ${ACTOR.email}`);
      // Redis itself is up: only the tracker takes part in the drill, and no probe ends it.
      await runtime.redisViews?.probe();
      expect(await readAs(runtime.countView, "rehearsed", "b")).toMatchObject({
        counted: true,
        path: "database",
      });
      await expect(startDrill(db, ACTOR, 30)).rejects.toThrow(/already running/);
      // Pages ask Redis all the same, as it answers: a drill hides no count.
      await until("pages ask Redis", async () => (await runtime.readLedger()) !== null);
      expect(await runtime.liveStatus()).toMatchObject({ redis: "up", unsynced: 1 });

      // Samples and evaluations, at times that the test chooses.
      const source = {
        db,
        process: "test",
        publicUrl: "",
        countsInRedis: true,
        onError: (what: string) => what,
      };
      const settings = () => ({
        databaseReason: null,
        syncIntervalSeconds: 3600,
        syncPaused: null,
        targets: DEFAULT_TARGETS,
      });
      const evaluation = { ...source, settings, readRedis: async () => null };
      const sampled = async (at: Date, mode: string) => {
        await db.modeChange.create({
          data: { at, process: "web-test", role: "web", from: "", to: mode, reason: "" },
        });
        await db.sample.create({
          data: {
            at,
            span: 10,
            process: "web-test",
            role: "web",
            mode,
            [mode === "redis" ? "redis" : "database"]: 1,
          },
        });
      };
      await sampled(new Date(), "database");
      await until("it is evaluated", async () => (await evaluate(evaluation, new Date(), 0)) === "evaluated");
      await deliverDue(
        {
          db,
          pool: database.pool,
          allowPrivate: true,
          mail: null,
          secrets: SECRETS,
          onFailure: () => undefined,
        },
        new Date(),
      );
      await until("the alert is delivered", () => webhookServer.received.length > 0);
      expect(JSON.parse(webhookServer.received[0]?.body ?? "{}")).toMatchObject({
        event: "firing",
        alert: { rule: "redis-away", says: expect.stringContaining(`Drill ${id} is running until`) },
      });
      expect(await db.alert.findFirst({ where: { rule: "redis-away" } })).toMatchObject({
        drillId: id,
        phase: "firing",
      });

      await abortDrill(db, ACTOR);
      await until("the tracker is back", async () => runtime.mode().mode === "redis");
      await until(
        "the process has reported it",
        async () => results(await drillOf(id))["All recovered"] === "yes",
      );
      expect((await readAs(runtime.countView, "rehearsed", "c")).path).toBe("redis");
      if (!runtime.redisViews) throw new Error("no Redis");
      await quiesce(pool, runtime.redisViews);
      const later = new Date(Date.now() + 40_000);
      await sampled(new Date(later.getTime() - 5000), "redis");
      // The process itself evaluates too, and may have the lock.
      await until("it is evaluated", async () => (await evaluate(evaluation, later, 0)) === "evaluated");

      const drill = await drillOf(id);
      expect(results(drill)).toEqual({
        Noticed: "yes",
        "All switched": "yes",
        Fallback: "yes",
        "Alert fired": "yes",
        Notified: "yes",
        "All recovered": "yes",
        Reconciled: "yes",
        "Alert resolved": "yes",
      });
      expect(drill.checks[0]?.message).toMatch(/^[01]\.?\d? s after the start$|^[01] s after the start$/);
      expect(drill).toMatchObject({
        fallbackViews: 1 + PROBES_PER_PROCESS,
        probes: PROBES_PER_PROCESS,
        abortedBy: ACTOR.email,
        running: false,
      });
      const sums = await sumsOf(pool, "rehearsed");
      expect([sums.readCount, sums.history]).toEqual([3, 3]);
      const audit = await db.auditEvent.findMany({
        where: { action: { startsWith: "drill." } },
        orderBy: { id: "asc" },
      });
      expect(audit.map((event) => event.action)).toEqual(["drill.start", "drill.abort"]);
    } finally {
      await webhookServer.stop();
    }
  }, 60_000);

  it("ends by itself when the process that started it has died and Postgres is down", async () => {
    const holds: (string | null)[] = [];
    const rows = [{ id: 999_999, msLeft: 120, startedBy: "a process that died" }];
    const pool = { query: async () => ({ rows }) } as unknown as pg.Pool;
    const follower = followDrills({
      pool,
      process: "x",
      role: "web",
      hold: (reason) => holds.push(reason),
      mode: () => "redis",
      sendProbes: async () => {
        throw new Error("there is no fallback to prove while views are counted in Redis");
      },
    });
    await follower.poll();
    expect(holds).toEqual(["drill 999999: a rehearsed outage, started by a process that died"]);
    // No further poll: Postgres may be down.
    await until("it releases the breaker", async () => holds.length === 2, 2000);
    expect(holds[1]).toBeNull();
    await follower.poll();
    follower.stop();
    expect(holds.at(-1), "a process that stops releases the breaker").toBeNull();
  });

  it("proves the fallback and reconcile on an idle site, and no total of the site has its probes", async () => {
    const { db, pool } = database;
    await db.sample.updateMany({ data: { mode: "redis" } });
    const totals = async () => ({
      reads: Number((await db.story.aggregate({ _sum: { readCount: true } }))._sum.readCount),
      fallbacks: (await listFallbacks(db, 100)).length,
      sampled: (await db.sample.aggregate({ _sum: { redis: true, database: true } }))._sum,
    });
    const ledger = async () => {
      const read = await runtime.readLedger();
      if (!read) throw new Error("the ledger could not be read");
      return read;
    };
    const [before, ledgerBefore] = [await totals(), await ledger()];
    const id = await startDrill(db, ACTOR, 30);
    await until("the probes are counted", async () => (await drillOf(id)).probes === PROBES_PER_PROCESS);
    await abortDrill(db, ACTOR);
    await until("the tracker is back", async () => runtime.mode().mode === "redis");
    if (!runtime.redisViews) throw new Error("no Redis");
    await quiesce(pool, runtime.redisViews);
    const drill = await drillOf(id);
    expect(results(drill)).toMatchObject({ Fallback: "yes", Reconciled: "yes" });
    expect(drill.checks.find(({ step }) => step === "Fallback")?.message).toContain(
      "all of them the drill's own probes",
    );

    expect(await totals()).toEqual(before);
    const after = await ledger();
    expect(after).toMatchObject({ drift: 0, retracted: ledgerBefore.retracted });
    expect(after.accepted - ledgerBefore.accepted).toBe(PROBES_PER_PROCESS);
    expect(after.accepted).toBe(
      after.synced + after.buffered + after.fallback - after.retracted + after.journalled + after.knownLost,
    );
    const [hidden] = (
      await pool.query<{ history: number }>(
        `SELECT sum(views)::int AS history FROM "ViewHour" WHERE kind = 'story' AND "targetId" = $1`,
        [PROBE_STORY_ID],
      )
    ).rows;
    expect(hidden?.history, "of both drills").toBe(2 * PROBES_PER_PROCESS);
    // A row per move; the last says that the drill ended, and not that Redis had been away.
    await until("the process has said so", async () => {
      const last = await db.modeChange.findFirst({ orderBy: { id: "desc" } });
      return last?.to === "redis" && last.reason === `drill ${id} ended`;
    });
  }, 30_000);

  it("ends on time in every process", async () => {
    const id = await startDrill(database.db, ACTOR, 5);
    await until("the tracker falls back", async () => runtime.mode().mode === "database", 3000);
    await until("the tracker is back", async () => runtime.mode().mode === "redis", 10_000);
    const drill = await drillOf(id);
    expect(drill.endedAt).toEqual(drill.endsAt);
    expect(drill.abortedBy).toBeNull();
    await expect(abortDrill(database.db, ACTOR)).rejects.toThrow(BadEdit);
  }, 20_000);

  it.each([0, 4, 901, 7.5, Number.NaN])("of %s seconds is refused", async (seconds) => {
    await expect(startDrill(database.db, ACTOR, seconds)).rejects.toThrow(BadEdit);
  });

  it("is refused while no process counts in Redis", async () => {
    await database.pool.query(`UPDATE "Sample" SET mode = 'database'`);
    const change = (to: string) =>
      database.pool.query(
        `INSERT INTO "ModeChange" (process, role, at, "from", "to", reason) SELECT DISTINCT process, role, now(), '', $1, '' FROM "Sample"`,
        [to],
      );
    await change("database");
    await expect(startDrill(database.db, ACTOR, 30)).rejects.toThrow(/nothing to rehearse/);
    // Redis is back, and no process has written another sample yet.
    await change("redis");
    expect(await startDrill(database.db, ACTOR, 5)).toBeGreaterThan(0);
    await abortDrill(database.db, ACTOR);
  });
});

describe("the checks of a drill", () => {
  const start = new Date("2026-03-02T12:00:00Z");
  const at = (seconds: number) => new Date(start.getTime() + seconds * 1000);
  const facts = {
    startedAt: start,
    endsAt: at(60),
    endedAt: null,
    expected: 2,
    alertFiredAt: null,
    deliveredAt: null,
    alertResolvedAt: null,
    fallbackViews: 0,
    probes: 0,
    firingBefore: false,
    reconciledAt: null,
    processes: [{ heldAt: at(0.6), recoveredAt: null }],
  };
  const stepsOf = (drill: typeof facts | object, seconds: number, channels = 1) =>
    Object.fromEntries(
      checkDrill({ ...facts, ...drill }, channels, at(seconds)).map(({ step, happened }) => [step, happened]),
    );

  it('are "not yet" while a step can still happen, and "no" once it cannot', () => {
    expect(stepsOf({}, 10)).toMatchObject({
      Noticed: "yes",
      "All switched": "not yet",
      "Alert fired": "not yet",
    });
    expect(stepsOf({}, 70)["All switched"]).toBe("no");
    expect(stepsOf({}, 70)["Alert fired"]).toBe("not yet");
    expect(stepsOf({}, 2000)["Alert fired"]).toBe("no");
    expect(stepsOf({}, 10, 0).Notified).toBe("no");
    expect(stepsOf({ fallbackViews: 3, reconciledAt: at(64) }, 70).Reconciled).toBe("yes");
  });

  it("say when the alert was firing before, so that the drill cannot prove it", () => {
    const checks = checkDrill({ ...facts, firingBefore: true }, 1, at(10));
    expect(checks.find(({ step }) => step === "Alert fired")).toEqual({
      step: "Alert fired",
      happened: "no",
      message: "It was firing before the drill started, so this drill could not prove it.",
    });
  });
});
