import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "../../app/platform/logger";
import { bucketIndex, emptyBuckets, LATENCY_BOUNDS_US } from "../../app/shared/histogram";
import { FAST_WITHIN_US, historyLimitMs, type Tally } from "../../app/shared/objectives";
import {
  readDailyTallies,
  readRecentTallies,
  type Tallies,
} from "../../app/telemetry/objectives/read-tallies";
import { rollUpSamples } from "../../app/telemetry/roll-up/samples";
import { SAMPLE_SECONDS, startSampler } from "../../app/telemetry/sampler";
import { thinSamples } from "../../worker/housekeeping";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.pool.query(`TRUNCATE "Sample", "SampleTotal", "Presence", "RollUp", "KnownLoss"`));
afterAll(() => database?.drop());

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A small generator of numbers that is the same every time. */
function numbers(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

interface Row {
  at: Date;
  span: number;
  process: string;
  role: "web" | "worker";
  mode: string;
  redis: number;
  failed: number;
  duplicates: number;
  latencyBuckets: number[];
  judgedSeconds: number;
  freshSeconds: number;
}

/** Samples of two web processes and a worker, twice per minute of some spans of time. */
function makeSamples(spans: [from: number, to: number][]): Row[] {
  const next = numbers(7);
  const rows: Row[] = [];
  for (const [from, to] of spans)
    for (let at = from; at < to; at += 30_000)
      for (const process of ["web-1", "web-2", "worker-1"]) {
        const isWeb = process !== "worker-1";
        const latencyBuckets = isWeb ? emptyBuckets() : [];
        if (isWeb)
          for (let view = 0; view < 3; view += 1) {
            const bucket = next(LATENCY_BOUNDS_US.length + 1);
            latencyBuckets[bucket] = (latencyBuckets[bucket] ?? 0) + 1;
          }
        rows.push({
          at: new Date(at),
          span: SAMPLE_SECONDS,
          process,
          role: isWeb ? "web" : "worker",
          mode: "redis",
          // A worker's views are those that it replayed: they are in the web process's counts already.
          redis: next(5),
          duplicates: next(3),
          failed: next(40) === 0 ? 1 : 0,
          latencyBuckets,
          judgedSeconds: isWeb ? 0 : SAMPLE_SECONDS,
          freshSeconds: isWeb || next(10) === 0 ? 0 : SAMPLE_SECONDS,
        });
      }
  return rows;
}

/** The tallies of some samples, in the plainest way. */
function talliesOf(rows: Row[], lost = 0): Tallies {
  const tally: Record<keyof Tallies, Tally> = {
    viewsKept: { total: 0, bad: lost },
    viewsFast: { total: 0, bad: 0 },
    historyFresh: { total: 0, bad: 0 },
  };
  for (const row of rows) {
    if (row.role === "web") {
      tally.viewsKept.total += row.redis + row.duplicates + row.failed;
      tally.viewsKept.bad += row.failed;
      for (const [place, views] of row.latencyBuckets.entries()) {
        tally.viewsFast.total += views;
        if (place > bucketIndex(FAST_WITHIN_US)) tally.viewsFast.bad += views;
      }
    }
    tally.historyFresh.total += row.judgedSeconds;
    tally.historyFresh.bad += row.judgedSeconds - row.freshSeconds;
  }
  return tally;
}

describe("tallies", () => {
  const now = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - 2 * DAY_MS + 15 * HOUR_MS + 1234);
  const ago = (ms: number) => now.getTime() - ms;
  const spans: [number, number][] = [
    [Math.floor(ago(40 * HOUR_MS) / HOUR_MS) * HOUR_MS, Math.floor(ago(38 * HOUR_MS) / HOUR_MS) * HOUR_MS],
    [Math.floor(ago(4 * HOUR_MS) / HOUR_MS) * HOUR_MS, Math.floor(ago(0) / 10_000) * 10_000],
  ];
  const dayOf = (at: Date) => Math.floor(at.getTime() / DAY_MS);
  const loss = (toAt: Date, views: number, shard: number) => ({
    toAt,
    views,
    cause: "killed",
    shard,
    ledger: "x",
  });

  async function expectDays(rows: Row[], losses: { toAt: Date; views: number }[]) {
    const days = await readDailyTallies(database.db, now, 5);
    expect(days).toHaveLength(5);
    for (const { day, tallies } of days) {
      const lost = losses
        .filter(({ toAt }) => dayOf(toAt) === dayOf(day))
        .reduce((sum, { views }) => sum + views, 0);
      const expected = talliesOf(
        rows.filter(({ at }) => dayOf(at) === dayOf(day)),
        lost,
      );
      expect(tallies, day.toISOString()).toEqual(expected);
    }
  }

  it("of days agree with the samples, whether they are raw, thinned or added up", async () => {
    const { db, pool } = database;
    const rows = makeSamples(spans);
    await db.sample.createMany({ data: rows });
    const losses = [loss(new Date(ago(38 * HOUR_MS)), 7, 1), loss(new Date(ago(HOUR_MS)), 2, 2)];
    await db.knownLoss.createMany({ data: losses });
    await expectDays(rows, losses);
    await thinSamples(pool, now, 60);
    await expectDays(rows, losses);
    await rollUpSamples(pool);
    expect(await db.sampleTotal.count({ where: { span: 86_400 } })).toBeGreaterThan(0);
    await db.sample.deleteMany();
    await expectDays(rows, losses);
  });

  it("of the last hours agree with the samples, and an hour does not see the one before", async () => {
    const { db, pool } = database;
    const rows = makeSamples(spans);
    await db.sample.createMany({ data: rows });
    await db.knownLoss.createMany({ data: [loss(new Date(ago(2 * HOUR_MS)), 9, 1)] });
    const windows = [300, 3600, 3 * 3600];
    const expected = (exact: boolean) =>
      windows.map((seconds) => {
        const from = ago(seconds * 1000);
        const start = exact ? from : Math.floor(from / 60_000) * 60_000;
        return talliesOf(
          rows.filter(({ at }) => at.getTime() >= start),
          seconds > 7200 ? 9 : 0,
        );
      });
    expect(await readRecentTallies(db, now, windows)).toEqual(expected(true));
    await rollUpSamples(pool);
    // Everything is old enough to be added up by the minute, so a window begins with a minute.
    expect(await readRecentTallies(db, now, windows)).toEqual(expected(false));
  });

  it("count views that were lost in a time without samples, and nothing where nothing was reported", async () => {
    const { db } = database;
    await db.knownLoss.createMany({ data: [loss(new Date(ago(DAY_MS)), 3, 1)] });
    const days = await readDailyTallies(db, now, 3);
    expect(days.map(({ tallies }) => tallies.viewsKept)).toEqual([
      { total: 0, bad: 0 },
      { total: 3, bad: 3 },
      { total: 0, bad: 0 },
    ]);
    expect(days.every(({ tallies }) => tallies.historyFresh.total === 0)).toBe(true);
  });
});

describe("a worker's samples", () => {
  const INTERVAL_HOURS = 1;

  /** The sample that a worker writes when it stops, after these answers of Redis: the age of the oldest view, null for none, or a failure. */
  async function sampleAfter(...answers: (number | null | "away")[]) {
    let answered = 0;
    const sampler = startSampler({
      db: database.db,
      log: createLogger("silent", "worker"),
      process: "worker-1",
      role: "worker",
      mode: () => ({ mode: "redis", reason: "", since: 0 }),
      journalSize: () => 0,
      sync: {
        limitMs: () => historyLimitMs(INTERVAL_HOURS),
        async unsynced() {
          const age = answers[Math.min(answered, answers.length - 1)];
          answered += 1;
          if (age === "away" || age === undefined) throw new Error("Redis is away");
          return { views: age === null ? 0 : 1, oldestAt: age === null ? null : Date.now() - age };
        },
      },
    });
    await sampler.stop();
    const rows = await database.db.sample.findMany({ orderBy: { id: "asc" } });
    await database.db.sample.deleteMany();
    return rows.map(({ judgedSeconds, freshSeconds }) => [judgedSeconds, freshSeconds]).at(-1);
  }

  it("say whether the history was fresh", async () => {
    expect(await sampleAfter(null), "nothing waits").toEqual([10, 10]);
    expect(await sampleAfter(1.04 * HOUR_MS), "within the run that takes it").toEqual([10, 10]);
    expect(await sampleAfter(1.06 * HOUR_MS)).toEqual([10, 0]);
    expect(await sampleAfter("away"), "nothing is known yet").toEqual([0, 0]);
  });

  it("judge by the last answer while Redis is away, as views in it go on ageing", async () => {
    expect(await sampleAfter(1.06 * HOUR_MS, "away")).toEqual([10, 0]);
    expect(await sampleAfter(null, "away"), "nothing waited").toEqual([10, 10]);
  });
});
