import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { numberTypes } from "../../app/platform/row-numbers";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import type { ViewStore } from "../../app/tracker/ports";
import type { PlacedTarget } from "../../app/tracker/view";
import type { Viewer } from "../../app/tracker/viewer";
import { DAY_MS, HOUR_MS, planWindow } from "../../app/tracker/window";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { anonymous, createStory, recordAll, viewOf } from "../support/views";

const window = planWindow(24, 6, "request");
/** 10:00 UTC on a day that no other test uses. */
const TEN = Date.UTC(2031, 4, 5, 10);

const stores = [
  {
    name: "Redis",
    async open() {
      const database = await createTestDatabase();
      const { redis } = await connectTestRedis(1);
      return {
        store: createRedisViews(redis, window) as ViewStore,
        database,
        close: async () => {
          redis.disconnect();
          await database.drop();
        },
      };
    },
  },
  {
    name: "Postgres",
    async open() {
      const database = await createTestDatabase();
      // Without the site's deadlines: a busy machine takes longer for 200 transactions, one after the other, than a reader would wait.
      const pool = new pg.Pool({ connectionString: database.url, types: numberTypes });
      // Dropping the database cuts connections that are still closing.
      pool.on("error", () => undefined);
      return {
        store: createDatabaseViews(pool, window),
        database,
        close: async () => {
          await pool.end();
          await database.drop();
        },
      };
    },
  },
];

describe.each(stores)("a view store on $name", ({ open }) => {
  let opened: Awaited<ReturnType<typeof open>>;
  let store: ViewStore;
  let serial = 0;
  const newStory = (chapters = 1) => createStory(opened.database.pool, `story-${serial++}`, chapters);
  const count = async (target: PlacedTarget, who: string | number, at: number) =>
    (await recordAll(store, [viewOf([target], anonymous(who), at)]))[0]?.[0]?.counted;

  beforeAll(async () => {
    opened = await open();
    store = opened.store;
  });
  afterAll(() => opened?.close());

  it("counts a viewer once per window, and again after it", async () => {
    const { story } = await newStory();
    expect(await count(story, "a", TEN)).toBe(true);
    expect(await count(story, "a", TEN + 1)).toBe(false);
    expect(await count(story, "a", TEN + window.length - 1)).toBe(false);
    expect(await count(story, "a", TEN + window.length)).toBe(true);
  });

  it("does not let repeats extend the window", async () => {
    const { story } = await newStory();
    await count(story, "a", TEN);
    for (let hour = 1; hour < 24; hour += 1)
      expect(await count(story, "a", TEN + hour * HOUR_MS)).toBe(false);
    expect(await count(story, "a", TEN + 24 * HOUR_MS)).toBe(true);
  });

  it("counts different viewers, and different targets of one viewer, separately", async () => {
    const one = await newStory();
    const two = await newStory();
    expect(await count(one.story, "a", TEN)).toBe(true);
    expect(await count(one.story, "b", TEN)).toBe(true);
    expect(await count(two.story, "a", TEN)).toBe(true);
  });

  it("returns separate results for a chapter and its story", async () => {
    const { story, chapters } = await newStory(2);
    const [first, second] = chapters as [PlacedTarget, PlacedTarget];
    const read = async (chapter: PlacedTarget, at: number) =>
      (await recordAll(store, [viewOf([chapter, story], anonymous("a"), at)]))[0]?.map(
        (result) => result.counted,
      );
    expect(await read(first, TEN)).toEqual([true, true]);
    expect(await read(second, TEN + 1000)).toEqual([true, false]);
    expect(await read(first, TEN + 2000)).toEqual([false, false]);
  });

  it("recognises an anonymous viewer across midnight, when the key changes", async () => {
    const { story } = await newStory();
    const evening = Date.UTC(2031, 4, 5, 23, 59, 59, 999);
    expect(await count(story, "a", evening)).toBe(true);
    expect(await count(story, "a", evening + 1)).toBe(false);
    expect(await count(story, "a", evening + DAY_MS - 1)).toBe(false);
    expect(await count(story, "a", evening + DAY_MS)).toBe(true);
  });

  it("recognises a signed-in viewer by user id, on any device", async () => {
    const { story } = await newStory();
    const read = async (at: number) =>
      (await recordAll(store, [viewOf([story], { userId: 7 }, at)]))[0]?.[0]?.counted;
    expect(await read(TEN)).toBe(true);
    expect(await read(TEN + 20 * HOUR_MS)).toBe(false);
    expect(await count(story, 7, TEN)).toBe(true);
  });

  describe("given a reader who signs in while reading", () => {
    const signedIn = (userId: number, who: string) => ({ userId, before: anonymous(who) });
    const read = async (target: PlacedTarget, viewer: Viewer, at: number) =>
      (await recordAll(store, [viewOf([target], viewer, at)]))[0]?.[0]?.counted;

    it("counts one reader, who counts again one window after the anonymous view", async () => {
      const { story } = await newStory();
      expect(await read(story, anonymous("a"), TEN)).toBe(true);
      expect(await read(story, signedIn(8, "a"), TEN + 60_000)).toBe(false);
      expect(await read(story, signedIn(8, "a"), TEN + window.length - 1)).toBe(false);
      expect(await read(story, signedIn(8, "a"), TEN + window.length)).toBe(true);
    });

    it("counts what they had not read before, and does not take others behind their address for them", async () => {
      const { story } = await newStory();
      expect(await read(story, signedIn(8, "a"), TEN)).toBe(true);
      expect(await read(story, anonymous("a"), TEN + 1000), "someone else").toBe(true);
      expect(await read(story, { userId: 9 }, TEN + 1000), "signed in long ago").toBe(true);
    });

    it("recognises them across midnight", async () => {
      const { story } = await newStory();
      const evening = Date.UTC(2031, 4, 5, 23, 59, 0);
      expect(await read(story, anonymous("a"), evening)).toBe(true);
      expect(await read(story, signedIn(8, "a"), evening + 10 * 60_000)).toBe(false);
    });

    it("looks only at times before the view, in a replay too", async () => {
      const { story } = await newStory();
      expect(await read(story, anonymous("a"), TEN + HOUR_MS)).toBe(true);
      expect(await read(story, signedIn(8, "a"), TEN)).toBe(true);
    });

    it("counts one reader when both views are in one batch, with their chapter", async () => {
      const { story, chapters } = await newStory(1);
      const targets: [PlacedTarget, PlacedTarget] = [chapters[0] as PlacedTarget, story];
      const results = await recordAll(store, [
        viewOf(targets, anonymous("a"), TEN),
        viewOf(targets, signedIn(8, "a"), TEN + 1),
        viewOf(targets, signedIn(8, "a"), TEN + 2),
        viewOf(targets, anonymous("b"), TEN + 2),
      ]);
      expect(results.map((result) => result.map(({ counted }) => counted))).toEqual([
        [true, true],
        [false, false],
        [false, false],
        [true, true],
      ]);
    });
  });

  it("does not count a replayed view shortly before a counted one", async () => {
    const { story } = await newStory();
    expect(await count(story, "a", TEN)).toBe(true);
    expect(await count(story, "a", TEN - HOUR_MS)).toBe(false);
    expect(await count(story, "a", TEN - window.length)).toBe(true);
  });

  it("counts 200 simultaneous views by one viewer once, in one batch or in many", async () => {
    const { story } = await newStory();
    const one = await recordAll(
      store,
      Array.from({ length: 200 }, () => viewOf([story], anonymous("a"), TEN)),
    );
    expect(one.filter(([result]) => result?.counted)).toHaveLength(1);
    const many = await Promise.all(Array.from({ length: 200 }, (_, i) => count(story, "b", TEN + (i % 7))));
    expect(many.filter(Boolean)).toHaveLength(1);
  });

  it("returns a rising count, and the same count for a repeat", async () => {
    const { story } = await newStory();
    const record = async (who: string) =>
      (await recordAll(store, [viewOf([story], anonymous(who), TEN)]))[0]?.[0]?.count;
    const first = (await record("a")) ?? 0;
    expect(await record("b")).toBe(first + 1);
    expect(await record("a")).toBe(first + 1);
  });

  it("agrees with a list of all counted times on 3,000 random views", async () => {
    const targets = [(await newStory()).story, (await newStory()).story];
    const counted = new Map<string, number[]>();
    let random = 42;
    const next = (below: number) => {
      random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
      return random % below;
    };
    let at = TEN;
    for (let batch = 0; batch < 60; batch += 1) {
      const views = Array.from({ length: 50 }, () => {
        at += next(20 * 60_000);
        return { target: targets[next(2)] as PlacedTarget, who: next(12), at };
      });
      const results = await recordAll(
        store,
        views.map((view) => viewOf([view.target], anonymous(view.who), view.at)),
      );
      views.forEach((view, i) => {
        const key = `${view.target.id}/${view.who}`;
        const times = counted.get(key) ?? [];
        const expected = times.every((time) => view.at - time >= window.length);
        if (expected) counted.set(key, [...times, view.at]);
        expect(results[i]?.[0]?.counted, `view ${batch * 50 + i}`).toBe(expected);
      });
    }
  });
});
