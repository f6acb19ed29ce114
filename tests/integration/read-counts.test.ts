import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createShownCount } from "../../app/ingest/shown-count";
import { createReadCounts } from "../../app/stores/postgres/read-counts";
import type { Outcome } from "../../app/tracker/outcome";
import type { Target } from "../../app/tracker/view";
import { createTestDatabase } from "../support/services";
import { createStory } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let story: Target;
let chapter: Target;
let now = 0;
let statements = 0;
let away = false;

beforeAll(async () => {
  database = await createTestDatabase();
  const made = await createStory(database.pool, "story");
  story = made.story;
  chapter = made.chapters[0] as Target;
});
beforeEach(async () => {
  now = 1_700_000_000_000;
  statements = 0;
  away = false;
  await database.pool.query(`UPDATE "Story" SET "readCount" = 100`);
  await database.pool.query(`UPDATE "Chapter" SET "readCount" = 60`);
});
afterAll(() => database?.drop());

const watched = {
  async query(statement: pg.QueryConfig) {
    statements += 1;
    if (away) throw new Error("connect ECONNREFUSED");
    return database.pool.query(statement);
  },
} as Pick<pg.Pool, "query">;
const open = () => createReadCounts(watched, () => now);
const inRedis = (unsynced: number) => ({ path: "redis", viewCount: unsynced }) as Outcome;

describe("read counts", () => {
  it("are read in one statement for all that wait, and again after two seconds", async () => {
    const counts = open();
    const deleted: Target = { kind: "story", id: 999_999 };
    const read = await Promise.all([story, chapter, story, deleted].map(counts.read));
    expect(read.map((reading) => reading?.count)).toEqual([100, 60, 100, undefined]);
    expect(statements).toBe(1);
    now += 2000;
    expect([story, chapter, deleted].map((page) => counts.known(page)?.count)).toEqual([100, 60, undefined]);
    now += 1;
    expect(counts.known(story)).toBeUndefined();
  });

  it("stay the last known while Postgres is away, which is asked once per two seconds", async () => {
    const counts = open();
    await counts.read(story);
    away = true;
    now += 2001;
    await expect(counts.read(story)).rejects.toThrow("ECONNREFUSED");
    expect(counts.known(story)?.count).toBe(100);
    now += 2001;
    expect(counts.known(story)).toBeUndefined();
  });
});

describe("the count that a reader sees", () => {
  it("never falls when a sync moves views from Redis to Postgres", async () => {
    const shown = createShownCount(open());
    expect(await shown.after(story, inRedis(5))).toBe(105);
    expect(await shown.after(story, inRedis(6))).toBe(106);
    await database.pool.query(`UPDATE "Story" SET "readCount" = 106`);
    expect(await shown.after(story, inRedis(1)), "fewer unsynced than before").toBe(107);
    expect(statements).toBe(2);
  });

  it("is the store's own in Postgres, and unknown when no store says", async () => {
    const shown = createShownCount(open());
    expect(await shown.after(story, { ...inRedis(7), path: "database" })).toBe(7);
    expect(await shown.after(story, { ...inRedis(7), path: "journal", viewCount: null })).toBeNull();
    away = true;
    now += 2001;
    expect(await shown.after(story, inRedis(7))).toBeNull();
  });
});
