import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readLedgerPanel } from "../../app/pages/overview/panels/ledger";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { createFallbackRows } from "../../app/stores/postgres/fallback-rows";
import { createMarks } from "../../app/stores/postgres/marks";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import type { OfferedRow } from "../../app/tracker/fallback-row";
import type { FallbackRows, ViewStore } from "../../app/tracker/ports";
import { reconcileRows } from "../../app/tracker/reconcile";
import { shardOf } from "../../app/tracker/shard";
import { syncBuffers } from "../../app/tracker/sync";
import type { PlacedTarget } from "../../app/tracker/view";
import { DAY_MS, HOUR_MS, MINUTE_MS, planWindow } from "../../app/tracker/window";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { anonymous, createStory, recordAll, viewOf } from "../support/views";

const window = planWindow(24, 6, "request");
/** 08:00 UTC two days from now: the tests choose their own times, none so old that reconcile skips their rows. */
const START = Math.floor(Date.now() / DAY_MS + 2) * DAY_MS + 8 * HOUR_MS;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: Awaited<ReturnType<typeof connectTestRedis>>["redis"];
let inRedis: ReturnType<typeof createRedisViews>;
let inPostgres: ViewStore;
let rows: FallbackRows;
let serial = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ redis } = await connectTestRedis(3));
  inRedis = createRedisViews(redis, window);
  inPostgres = createDatabaseViews(database.pool, window);
  rows = createFallbackRows(database.pool, window);
});
beforeEach(() => redis.flushdb());
afterAll(async () => {
  redis.disconnect();
  await database.drop();
});

const newStory = () => createStory(database.pool, `reconcile-${serial++}`, 1);
const view = async (store: ViewStore, target: PlacedTarget, who: string | number, at: number) =>
  (await recordAll(store, [viewOf([target], anonymous(who), at)]))[0]?.[0]?.counted ?? false;
const reconcile = () => reconcileRows(inRedis, rows);

async function stateOf(target: PlacedTarget) {
  await syncBuffers(inRedis, createMarks(database.pool));
  const { rows: sums } = await database.pool.query(
    `SELECT s."readCount", (SELECT COALESCE(sum(views), 0)::int FROM "ViewHour" h WHERE h.kind = 'story' AND h."targetId" = s.id) AS history,
       (SELECT count(*)::int FROM "StoryView" v WHERE v."storyId" = s.id AND "retractedAt" IS NOT NULL) AS retracted,
       (SELECT count(*)::int FROM "StoryView" v WHERE v."storyId" = s.id AND counted) AS counted
     FROM "Story" s WHERE s.id = $1`,
    [target.id],
  );
  return sums[0] as { readCount: number; history: number; retracted: number; counted: number };
}

describe("reconcile", () => {
  it("retracts a view that Postgres counted although Redis knew the reader, and keeps a record of it", async () => {
    const { story } = await newStory();
    expect(await view(inRedis, story, "a", START)).toBe(true);
    expect(await view(inPostgres, story, "a", START + HOUR_MS)).toBe(true);
    expect(await reconcile()).toMatchObject({ rows: 1, retracted: 1 });
    expect(await stateOf(story)).toEqual({ readCount: 1, history: 1, retracted: 1, counted: 0 });
    expect(await reconcile()).toMatchObject({ rows: 0 });
  });

  it("resolves the ambiguous timeout: Redis counted, the answer was lost, Postgres counted too", async () => {
    const { story } = await newStory();
    await view(inRedis, story, "a", START);
    await view(inPostgres, story, "a", START + 150);
    await reconcile();
    expect(await stateOf(story)).toMatchObject({ readCount: 1, retracted: 1 });
  });

  it("makes Redis remember the readers that Postgres counted", async () => {
    const { story } = await newStory();
    await view(inPostgres, story, "a", START);
    await reconcile();
    expect(await view(inRedis, story, "a", START + HOUR_MS)).toBe(false);
    expect(await view(inRedis, story, "a", START + DAY_MS)).toBe(true);
    expect(await stateOf(story)).toMatchObject({ readCount: 2, retracted: 0 });
  });

  it("counts a repeat after all when the view that covered it is retracted", async () => {
    const { story } = await newStory();
    await view(inRedis, story, "a", START);
    expect(await view(inPostgres, story, "a", START + 23 * HOUR_MS)).toBe(true);
    expect(await view(inPostgres, story, "a", START + 25 * HOUR_MS)).toBe(false);
    expect(await reconcile()).toMatchObject({ retracted: 1, promoted: 1 });
    expect(await stateOf(story)).toEqual({ readCount: 2, history: 2, retracted: 1, counted: 1 });
  });

  it("recognises an anonymous reader counted in Postgres before midnight and in Redis after it", async () => {
    const { story } = await newStory();
    const midnight = Math.ceil(START / DAY_MS) * DAY_MS;
    await view(inPostgres, story, "a", midnight - MINUTE_MS);
    expect(await view(inRedis, story, "a", midnight + MINUTE_MS)).toBe(true);
    await reconcile();
    expect(await stateOf(story)).toMatchObject({ readCount: 1, retracted: 1 });
  });

  it("recognises a signed-in reader counted in Redis before midnight and in Postgres after it", async () => {
    const { story } = await newStory();
    const midnight = Math.ceil(START / DAY_MS) * DAY_MS;
    const reader = { userId: 12 };
    await recordAll(inRedis, [viewOf([story], reader, midnight - 20 * MINUTE_MS)]);
    await recordAll(inPostgres, [viewOf([story], reader, midnight + 10 * MINUTE_MS)]);
    await reconcile();
    await syncBuffers(inRedis, createMarks(database.pool));
    expect(await stateOf(story)).toMatchObject({ readCount: 1, retracted: 1 });
  });

  it("recognises a reader who signed in during the outage, also at the second run", async () => {
    const { story } = await newStory();
    const signedIn = { userId: 13, before: anonymous("a") };
    const see = (store: ViewStore, viewer: Parameters<typeof viewOf>[1], at: number) =>
      recordAll(store, [viewOf([story], viewer, at)]);
    await see(inRedis, anonymous("a"), START);
    await see(inPostgres, signedIn, START + HOUR_MS);
    // Another one is known to Postgres only, under both names.
    await see(inPostgres, anonymous("b"), START + HOUR_MS);
    await see(inPostgres, { userId: 14, before: anonymous("b") }, START + 2 * HOUR_MS);
    await see(inPostgres, { userId: 15, before: anonymous("c") }, START + HOUR_MS);
    const cut = reconcileRows(inRedis, rows, (step) => {
      if (step === "reconcile:redis-taught") throw new Error("killed");
    });
    await expect(cut).rejects.toThrow("killed");
    await reconcile();
    expect(await stateOf(story)).toEqual({ readCount: 3, history: 3, retracted: 1, counted: 2 });
    for (const [viewer, counted] of [
      [{ userId: 14, before: anonymous("b") }, false],
      [{ userId: 15, before: anonymous("c") }, false],
      [{ userId: 13 }, true],
    ] as const)
      expect((await see(inRedis, viewer, START + 25 * HOUR_MS - 1))[0]?.[0]?.counted).toBe(counted);
  });

  it("recognises the readers of rows that an earlier version wrote, with their keys in two columns", async () => {
    const { story } = await newStory();
    const midnight = Math.ceil(START / DAY_MS) * DAY_MS;
    await view(inPostgres, story, "a", midnight - MINUTE_MS);
    await database.pool.query(
      `UPDATE "StoryView" SET "viewerBefore" = "otherKeys"[1], "viewerAfter" = "otherKeys"[2], "otherKeys" = NULL WHERE "storyId" = $1`,
      [story.id],
    );
    expect(await view(inRedis, story, "a", midnight + MINUTE_MS)).toBe(true);
    await reconcile();
    expect(await stateOf(story)).toMatchObject({ readCount: 1, retracted: 1 });
  });

  it("gives up counted rows only once Redis has forgotten their time, and records how many and when", async () => {
    const { story } = await newStory();
    for (const [who, hours] of [
      ["old", 31],
      ["remembered", 29],
    ] as const) {
      await view(inPostgres, story, who, START);
      // A repeat that is given up cannot be a view too many.
      await view(inPostgres, story, who, START + HOUR_MS);
      await database.pool.query(
        `UPDATE "StoryView" SET "viewedAt" = now() - make_interval(hours => $2), "window" = tstzrange(now() - make_interval(hours => $2), now())
         WHERE "storyId" = $1 AND "viewedAt" > now()`,
        [story.id, hours],
      );
    }
    expect(await reconcile()).toMatchObject({ rows: 1, givenUp: 1 });
    expect(await reconcile(), "the repeat waited for the row that covers it").toMatchObject({ rows: 1 });
    expect(await database.db.givenUpRows.findMany()).toMatchObject([{ kind: "story", views: 1 }]);
    const [given] = await database.db.givenUpRows.findMany();
    expect((Date.now() - (given?.fromAt.getTime() ?? 0)) / HOUR_MS).toBeCloseTo(31, 0);
    expect(given?.toAt).toEqual(given?.fromAt);
    const panel = await readLedgerPanel(database.db, async () => null);
    expect(panel.doubtful).toMatchObject([{ views: 1 }]);
    expect(await reconcile()).toMatchObject({ rows: 0, givenUp: 0 });
  });

  it("closes the rows of a deleted story, which have nothing to be compared with", async () => {
    const gone = await newStory();
    const { story } = await newStory();
    await view(inPostgres, gone.story, "a", START);
    await view(inPostgres, story, "a", START);
    await database.pool.query(`DELETE FROM "Story" WHERE id = $1`, [gone.story.id]);
    expect(await reconcile()).toMatchObject({ rows: 1, givenUp: 0 });
    const { rows: open } = await database.pool.query(
      `SELECT id FROM "StoryView" WHERE "reconciledAt" IS NULL OR "otherKeys" IS NOT NULL`,
    );
    expect(open).toEqual([]);
  });

  it("leaves only the rows of a shard that Redis refuses", async () => {
    const stories = await Promise.all([0, 1, 2, 3].map(newStory));
    const broken = stories[2]?.story.id ?? 0;
    for (const { story } of stories) await view(inPostgres, story, "a", START);
    const redisRefuses = {
      reconcile: (shard: number, offered: OfferedRow[]) =>
        shard === shardOf(broken)
          ? Promise.reject(new Error("OOM command not allowed"))
          : inRedis.reconcile(shard, offered),
    };
    const done = await reconcileRows(redisRefuses, rows);
    expect(done.rows).toBe(3);
    expect(done.errors.map(({ message }) => message)).toEqual([
      `shard ${shardOf(broken)}: OOM command not allowed`,
    ]);
    expect(await reconcile()).toMatchObject({ rows: 1, errors: [] });
  });

  it("reaches the same result after being cut short between Redis and Postgres", async () => {
    const { story } = await newStory();
    await view(inPostgres, story, "a", START);
    await expect(
      reconcileRows(inRedis, rows, () => {
        throw new Error("cut short");
      }),
    ).rejects.toThrow("cut short");
    await reconcile();
    expect(await stateOf(story)).toEqual({ readCount: 1, history: 1, retracted: 0, counted: 1 });
  });

  it("removes what a late statement counts after the view has gone to the journal and been replayed", async () => {
    const { story, chapters } = await newStory();
    const seen = viewOf([chapters[0] as PlacedTarget, story], anonymous("a"), START);
    let arrive = () => {};
    const late = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    // Every answer of Postgres is late: the story's statement begins only when the chapter's answer is there.
    const slow = createDatabaseViews(
      {
        connect: async () => {
          const client = await database.pool.connect();
          const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
          const lateQuery = async (...args: unknown[]) => {
            const answer = await query(...args);
            if (args[0] === "COMMIT") await late;
            return answer;
          };
          return { query: lateQuery, release: () => client.release() };
        },
      } as unknown as pg.Pool,
      window,
    );
    const recording = slow.record([seen]);
    const rowsOf = async (target: PlacedTarget) =>
      target.kind === "story"
        ? database.db.storyView.count({ where: { storyId: target.id } })
        : database.db.chapterView.count({ where: { chapterId: target.id } });
    await until(
      "Postgres has the chapter's row",
      async () => (await rowsOf(seen.offers[0] as PlacedTarget)) === 1,
    );
    // The caller has given up: the view went to the journal, and from there to Redis. Everything is reconciled.
    await recordAll(inRedis, [seen]);
    expect(await reconcile()).toMatchObject({ rows: 1, retracted: 1 });
    expect(await stateOf(story)).toMatchObject({ readCount: 1 });
    arrive();
    await recording;
    expect(await stateOf(story), "counted twice until the next round").toMatchObject({ readCount: 2 });
    expect(await reconcile()).toMatchObject({ rows: 1, retracted: 1 });
    expect(await stateOf(story)).toEqual({ readCount: 1, history: 1, retracted: 1, counted: 0 });
  });

  it("is harmless when five run at once", async () => {
    const { story } = await newStory();
    for (const who of ["a", "b", "c"]) {
      await view(inRedis, story, who, START);
      await view(inPostgres, story, who, START + MINUTE_MS);
      await view(inPostgres, story, `only ${who}`, START);
    }
    await Promise.all(Array.from({ length: 5 }, reconcile));
    expect(await stateOf(story)).toEqual({ readCount: 6, history: 6, retracted: 3, counted: 3 });
  });

  it("runs in one process at a time; another one that comes meanwhile leaves at once", async () => {
    const { story } = await newStory();
    await view(inPostgres, story, "a", START);
    const asked = { reconcile: vi.fn(inRedis.reconcile) };
    let finish = () => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const first = reconcileRows(asked, rows, (label) =>
      label === "reconcile:redis-taught" ? held : undefined,
    );
    await until("the first one has asked Redis", () => asked.reconcile.mock.calls.length === 1);
    expect(await reconcileRows(asked, rows)).toMatchObject({ rows: 0, errors: [] });
    expect(asked.reconcile).toHaveBeenCalledTimes(1);
    finish();
    expect(await first).toMatchObject({ rows: 1 });
  });

  it.each([1, 2, 3, 4, 5, 6])(
    "leaves every viewer separated and covered after random outages (seed %i)",
    async (seed) => {
      for (let history = 0; history < 5; history += 1) await randomHistory(seed * 100 + history);
    },
    120_000,
  );
});

/**
 * Four readers over four days with two outages of up to six hours, at least a day apart, lost answers and reconciles cut
 * short. The checks use the accepted times alone: no two counted views are closer than a window, every accepted view is
 * within a window of a counted one (to the minute in an outage), and the sums agree.
 */
async function randomHistory(seed: number) {
  const random = mulberry32(seed);
  const { story } = await newStory();
  const outages = [0, 1].map((n) => {
    const from = START + (n * 44 + random() * 20) * HOUR_MS;
    return { from, to: from + random() * 6 * HOUR_MS };
  });
  const events = Array.from({ length: 120 }, () => ({
    at: Math.round(START + random() * 4 * DAY_MS),
    who: Math.floor(random() * 4),
    lost: random() < 0.05,
  })).sort((a, b) => a.at - b.at);
  const accepted = new Map<number, number[]>();
  const counted = new Map<number, number[]>();
  const note = (map: Map<number, number[]>, who: number, at: number) =>
    map.set(who, [...(map.get(who) ?? []), at]);
  let reconciledAt = START;

  for (const { at, who, lost } of events) {
    const away = outages.some((outage) => at >= outage.from && at < outage.to);
    if (!away && at - reconciledAt > MINUTE_MS) {
      reconciledAt = at;
      if (random() < 0.2)
        await reconcileRows(inRedis, rows, () => {
          if (random() < 0.5) throw new Error("cut short");
        }).catch(() => undefined);
      else await reconcile();
    }
    note(accepted, who, at);
    if (!away && (await view(inRedis, story, who, at))) note(counted, who, at);
    if (away || lost) await view(inPostgres, story, who, at + (away ? 0 : 1));
  }
  await reconcile();
  await reconcile();

  const { rows: kept } = await database.pool.query(
    `SELECT viewer, extract(epoch FROM "viewedAt") * 1000 AS at, "reconciledAt" FROM "StoryView" WHERE "storyId" = $1 AND counted`,
    [story.id],
  );
  for (const row of kept) {
    const at = Number(row.at);
    const event = events.find((one) => one.at === at || one.at + 1 === at);
    if (event) note(counted, event.who, at);
  }
  for (const [who, views] of accepted) {
    const times = (counted.get(who) ?? []).sort((a, b) => a - b);
    for (let i = 1; i < times.length; i += 1) {
      const gap = (times[i] ?? 0) - (times[i - 1] ?? 0);
      expect(gap, `separated: seed ${seed}, reader ${who}`).toBeGreaterThanOrEqual(window.length);
    }
    for (const at of views) {
      const nearest = Math.min(...times.map((time) => Math.abs(time - at)));
      expect(nearest, `covered: seed ${seed}, reader ${who}`).toBeLessThan(window.length + MINUTE_MS);
    }
  }
  const total = [...counted.values()].flat().length;
  expect(await stateOf(story), `sums: seed ${seed}`).toMatchObject({ readCount: total, history: total });
}

function mulberry32(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
