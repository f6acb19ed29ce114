import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectDatabase } from "../../app/platform/postgres";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import type { PlacedTarget } from "../../app/tracker/view";
import { offer } from "../../app/tracker/viewer";
import { DAY_MS, dayOf, HOUR_MS, MINUTE_MS, planWindow } from "../../app/tracker/window";
import { installClock, shiftedUrl } from "../support/postgres-clock";
import { createTestDatabase } from "../support/services";
import { anonymous, createStory, recordAll, testSalt, viewOf } from "../support/views";

const window = planWindow(24, 6);
const READERS = 200;
/** The next midnight that is more than an hour away. */
const MIDNIGHT = (dayOf(Date.now() + HOUR_MS) + 1) * DAY_MS;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
const closing: (() => Promise<void>)[] = [];
let serial = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  await installClock(database.pool, database.url);
});
afterAll(async () => {
  for (const close of closing) await close();
  await database?.drop();
});

/** The store of a process; with `at`, Postgres's clock stands there now. */
function openStore(at?: number, now?: () => number) {
  const { db, pool } = connectDatabase(at ? shiftedUrl(database.url, at - Date.now()) : database.url, {
    onError: () => undefined,
    // Hundreds of statements wait for their turn.
    connectMs: 30_000,
  });
  closing.push(async () => {
    await db.$disconnect();
    await pool.end();
  });
  return createDatabaseViews(pool, window, { now });
}
const newStory = async () => (await createStory(database.pool, `midnight-${serial++}`)).story;
const readCount = async (story: PlacedTarget) =>
  (await database.pool.query(`SELECT "readCount" FROM "Story" WHERE id = $1`, [story.id])).rows[0].readCount;
const rowsOf = async (story: PlacedTarget) =>
  (
    await database.pool.query(
      `SELECT viewer, "otherKeys", "viewedAt" AS at FROM "StoryView" WHERE "storyId" = $1 ORDER BY id`,
      [story.id],
    )
  ).rows;
const keyOf = (story: PlacedTarget, who: string, day: number) =>
  offer(story, anonymous(who), testSalt).key(day);

describe("a reader on both sides of midnight, at two processes at the same time", () => {
  it.each([
    ["agree with Postgres's", (at: number) => () => at],
    ["do not", () => Date.now],
  ])(
    "counts once by Postgres's own clock, whether the web processes' clocks %s",
    async (_words, clockAt) => {
      const story = await newStory();
      const [before, after] = [MIDNIGHT - 30_000, MIDNIGHT + 30_000].map((at) => openStore(at, clockAt(at)));
      if (!before || !after) throw new Error("two stores");
      const readers = Array.from({ length: READERS }, (_, reader) => reader);
      const results = await Promise.all(
        readers.flatMap((reader) =>
          [before, after].map((store) => recordAll(store, [viewOf([story], anonymous(reader))])),
        ),
      );
      expect(results.filter(([view]) => view?.[0]?.counted)).toHaveLength(READERS);
      expect(await readCount(story)).toBe(READERS);
      const days = new Set((await rowsOf(story)).map(({ at }) => dayOf(at.getTime())));
      expect(days, "rows on both sides").toEqual(new Set([dayOf(MIDNIGHT) - 1, dayOf(MIDNIGHT)]));
    },
    60_000,
  );

  it("counts once when the views are replayed with their own times", async () => {
    const story = await newStory();
    const midnight = dayOf(Date.now()) * DAY_MS;
    const one = openStore();
    const other = openStore();
    await Promise.all(
      Array.from({ length: READERS }, (_, reader) => [
        recordAll(one, [viewOf([story], anonymous(reader), midnight - 5)]),
        recordAll(other, [viewOf([story], anonymous(reader), midnight + 5)]),
      ]).flat(),
    );
    expect(await readCount(story)).toBe(READERS);
  }, 60_000);

  it("counts once when the later view was replayed first, from a clock that is minutes ahead", async () => {
    const story = await newStory();
    const at = MIDNIGHT - 4 * MINUTE_MS;
    const store = openStore(at, () => at);
    const ahead = viewOf([story], anonymous("a"), MIDNIGHT + 30_000);
    expect((await recordAll(store, [ahead]))[0]?.[0]?.counted).toBe(true);
    expect((await recordAll(store, [viewOf([story], anonymous("a"))]))[0]?.[0]?.counted).toBe(false);
    expect(await readCount(story)).toBe(1);
  });
});

describe("a web process whose clock is wrong", () => {
  it.each([
    ["three days ahead", 3 * DAY_MS],
    ["a day behind", -DAY_MS],
    ["five minutes ahead", 5 * MINUTE_MS],
  ])("%s stores rows at Postgres's time, under the keys of Postgres's day", async (_words, skew) => {
    const story = await newStory();
    const store = openStore(undefined, () => Date.now() + skew);
    expect((await recordAll(store, [viewOf([story], anonymous("a"))]))[0]?.[0]?.counted).toBe(true);
    const [row] = await rowsOf(story);
    expect(Math.abs(row.at.getTime() - Date.now())).toBeLessThan(MINUTE_MS);
    const day = dayOf(row.at.getTime());
    expect(row.viewer).toBe(keyOf(story, "a", day));
    expect(row.otherKeys).toEqual([keyOf(story, "a", day - 1), keyOf(story, "a", day + 1)]);
    // Another process, whose clock is right, recognises the reader.
    expect((await recordAll(openStore(), [viewOf([story], anonymous("a"))]))[0]?.[0]?.counted).toBe(false);
  });

  it("cannot replay a view into the future: its time is at most five minutes ahead of Postgres's", async () => {
    const story = await newStory();
    await recordAll(openStore(), [viewOf([story], anonymous("a"), Date.now() + 2 * DAY_MS)]);
    const [row] = await rowsOf(story);
    expect(row.at.getTime()).toBeLessThan(Date.now() + 6 * MINUTE_MS);
  });
});

it("a signed-in reader has one key on every day, so their rows keep no others", async () => {
  const story = await newStory();
  await recordAll(openStore(), [viewOf([story], { userId: 7 })]);
  expect(await rowsOf(story)).toMatchObject([{ viewer: `s${story.id}.u7`, otherKeys: null }]);
});
