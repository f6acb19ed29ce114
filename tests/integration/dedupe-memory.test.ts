import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createRedisViews, type RedisViews } from "../../app/stores/redis/redis-views";
import type { PlacedTarget } from "../../app/tracker/view";
import type { Viewer } from "../../app/tracker/viewer";
import { DAY_MS, HOUR_MS, MINUTE_MS, planWindow } from "../../app/tracker/window";
import { connectTestRedis } from "../support/services";
import { anonymous, recordAll, viewOf } from "../support/views";

/** What production runs: live views have no time of their own, and Redis's clock decides. */
const story: PlacedTarget = { kind: "story", id: 7, storyId: 7 };
const GRACE = 6;
let redis: Awaited<ReturnType<typeof connectTestRedis>>["redis"];
let readers = 0;

beforeAll(async () => {
  ({ redis } = await connectTestRedis(13));
});
beforeEach(() => redis.flushdb());
afterAll(() => redis.disconnect());

const withWindow = (hours: number) => createRedisViews(redis, planWindow(hours, GRACE));
const someReaders = (times: number) => Array.from({ length: times }, () => anonymous(readers++));

/** How many of the readers count, by a view of now or, where given, of the past. */
async function count(views: RedisViews, who: Viewer[], at?: number) {
  const results = await recordAll(
    views,
    who.map((reader) => viewOf([story], reader, at)),
  );
  return results.filter(([result]) => result?.counted).length;
}

describe.each([1, 2, 5, 23, 24, 25, 36, 48, 100, 168])("a live view under a window of %i hours", (hours) => {
  it("is a repeat until the window is over, and counts after it", async () => {
    const views = withWindow(hours);
    const [inside, outside] = [someReaders(20), someReaders(20)];
    const at = Date.now();
    expect(await count(views, inside, at - hours * HOUR_MS + MINUTE_MS)).toBe(20);
    expect(await count(views, outside, at - hours * HOUR_MS - MINUTE_MS)).toBe(20);
    expect(await count(views, inside)).toBe(0);
    expect(await count(views, outside)).toBe(20);
    expect(await count(views, [...inside, ...outside])).toBe(0);
  });

  it("is remembered for the window and the grace, and for one generation at most on top", async () => {
    await count(withWindow(hours), someReaders(5));
    const { generation } = planWindow(hours, GRACE);
    const keys = await redis.keys("*:seen:*");
    expect(keys.length).toBeGreaterThan(0);
    const shortest = (hours + GRACE) * HOUR_MS;
    for (const key of keys) {
      const left = await redis.pttl(key);
      expect(left).toBeGreaterThan(shortest - MINUTE_MS);
      expect(left).toBeLessThanOrEqual(shortest + generation);
    }
  });
});

describe("a viewer's place in the memory", () => {
  const now = Date.now();
  const { generation } = planWindow(24, GRACE);
  const number = Math.floor(now / generation);
  const keyOf = (reader: Viewer) => viewOf([story], reader).offers[0].key(Math.floor(now / DAY_MS));
  const signedIn: Viewer[] = [{ userId: 5 }, { userId: 1234 }, { userId: 1_234_567_890 }];
  const hashOf = (key: string) =>
    [...key].reduce((sum, character) => (sum * 33 + character.charCodeAt(0)) % 2 ** 32, 5381);

  it("is the one where every later version must look: five bytes for a fingerprint", async () => {
    const who = [...someReaders(200), ...signedIn];
    expect(await count(withWindow(24), who)).toBe(who.length);
    const buckets = Number(await redis.hget("{v3}:generations", String(number)));
    for (const key of who.map(keyOf)) {
      const at = [...key].reduce((sum, character) => sum * 78n + BigInt(character.charCodeAt(0) - 45), 0n);
      const quotient = (at / BigInt(buckets)).toString(16).padStart(10, "0");
      const [bucket, field] =
        key.length === 8
          ? [at % BigInt(buckets), Buffer.from(quotient, "hex")]
          : [hashOf(key) % buckets, `.${key}`];
      expect(await redis.hexists(`{v3}:seen:${number}:${bucket}`, field)).toBe(1);
    }
  });

  it("is the one where an earlier version looks, in a generation that it created", async () => {
    await redis.hset("{v3}:generations", number, 1024, `${number - 1}`, 1024);
    const [earlier, later] = [
      [...someReaders(20), { userId: 77 }],
      [...someReaders(200), ...signedIn],
    ];
    for (const key of earlier.map(keyOf))
      await redis.hset(`{v3}:seen:${number}:${hashOf(key) % 1024}`, key, 1 + now - number * generation);
    expect(await count(withWindow(24), earlier)).toBe(0);
    expect(await count(withWindow(24), later)).toBe(later.length);
    for (const key of later.map(keyOf))
      expect(await redis.hexists(`{v3}:seen:${number}:${hashOf(key) % 1024}`, key)).toBe(1);
    expect(await count(withWindow(24), [...earlier, ...later])).toBe(0);
  });

  it("has room by the size of the generation before, and of the one a day before", async () => {
    for (const sizes of [
      { [`${number - 1}:size`]: 400_000, [`${number - 2}:size`]: 10 },
      { [`${number - 1}:size`]: 10, [`${number - 2}:size`]: 400_000 },
    ]) {
      await redis.flushdb();
      await redis.hset("{v3}:generations", sizes);
      await count(withWindow(24), someReaders(1));
      expect(await redis.hget("{v3}:generations", String(number))).toBe("4000");
    }
  });
});

describe("a window that is changed", () => {
  it.each([
    [24, 23],
    [23, 24],
    [24, 1],
    [12, 168],
    [168, 24],
    [30, 40],
  ])(
    "from %i to %i hours forgets no reader, also while processes with either window take turns",
    async (before, after) => {
      const [old, young] = [withWindow(before), withWindow(after)];
      const at = Date.now() - 40 * MINUTE_MS;
      const who = someReaders(50);
      expect(await count(old, who, at)).toBe(50);
      for (const views of [young, old, young, young, old]) expect(await count(views, who)).toBe(0);
      const later = someReaders(50);
      expect(await count(young, later, at)).toBe(50);
      for (const views of [old, young, old]) expect(await count(views, later)).toBe(0);
    },
  );

  it("to a longer one keeps what is counted from then on for the longer one", async () => {
    // Two windows whose generations have the same length, so that both write to the same buckets. The second writes to all.
    await count(withWindow(30), someReaders(1000));
    for (let batch = 0; batch < 20; batch += 1) await count(withWindow(40), someReaders(1000));
    const { generation } = planWindow(40, GRACE);
    for (const key of await redis.keys("*:seen:*")) {
      const ends = (Number(key.split(":")[2]) + 1) * generation;
      expect(await redis.pexpiretime(key), key).toBe(ends + (40 + GRACE) * HOUR_MS);
    }
  });
});

describe("a view from the future", () => {
  it.each([
    ["an hour", HOUR_MS],
    ["two days", 2 * DAY_MS],
    ["a year", 365 * DAY_MS],
  ])("(%s ahead, from a wrong clock) counts as of now and makes Redis forget nobody", async (_, ahead) => {
    const views = withWindow(24);
    const who = someReaders(100);
    expect(await count(views, who, Date.now() - 14 * HOUR_MS)).toBe(100);
    // Signed in: an anonymous reader's key for a day that is far away is another one.
    const early: Viewer[] = [{ userId: 1 }];
    expect(await count(views, early, Date.now() + ahead)).toBe(1);
    expect(await count(views, early)).toBe(0);
    expect(await count(views, who)).toBe(0);
    const { buffers, at } = await views.readShard(story.id % 4);
    expect(Math.max(...buffers.map(({ hour }) => hour))).toBeLessThanOrEqual(Math.floor(at / HOUR_MS));
  });

  it("that reconcile brings makes Redis forget nobody", async () => {
    const views = withWindow(24);
    const who = someReaders(100);
    await count(views, who, Date.now() - 14 * HOUR_MS);
    const at = Date.now() + 3 * DAY_MS;
    await views.reconcile(story.id % 4, [
      { viewer: "s7.u1", otherKeys: new Map(), formerKeys: new Map(), at },
    ]);
    expect(await count(views, who)).toBe(0);
  });
});
