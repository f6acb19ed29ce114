import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLedgerPanel } from "../../app/pages/overview/panels/ledger";
import { readCatalogue } from "../../app/pages/reading/read-catalogue";
import { readStory } from "../../app/pages/reading/read-story";
import { findEditorStory } from "../../app/pages/story-analytics/find-editor-story";
import { listEditorStories } from "../../app/pages/story-analytics/list/list-editor-stories";
import { readStoryHistory } from "../../app/pages/sync/actions/repair-story";
import { withNumbers } from "../../app/platform/row-numbers";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { createReadCounts } from "../../app/stores/postgres/read-counts";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import { HOUR_MS, planWindow } from "../../app/tracker/window";
import { quiesce } from "../support/readers";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { anonymous, createStory, viewOf } from "../support/views";

/** The largest value of a column of type integer: where such a column is full. */
const FULL = 2_147_483_647;
const window = planWindow(24, 6);
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let made: Awaited<ReturnType<typeof createStory>>;

beforeAll(async () => {
  database = await createTestDatabase();
  made = await createStory(database.pool, "classic");
  const { pool } = database;
  const hour = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS);
  await pool.query(`UPDATE "Story" SET "readCount" = $1`, [FULL]);
  await pool.query(`UPDATE "Chapter" SET "readCount" = $1`, [FULL]);
  for (const [kind, target] of [
    ["story", made.story],
    ["chapter", made.chapters[0]],
  ] as const)
    for (const source of ["history", "db"])
      await pool.query(
        `INSERT INTO "ViewHour" (kind, "targetId", hour, source, views) VALUES ($1, $2, $3, $4, $5)`,
        [kind, target?.id, hour, source, source === "db" ? FULL : 0],
      );
  await pool.query(
    `INSERT INTO "ViewDetailHour" ("storyId", hour, source, dimension, value, views) VALUES ($1, $2, 'db', 'device', 'desktop', $3)`,
    [made.story.id, hour, FULL],
  );
  await pool.query(
    `INSERT INTO "KnownLoss" ("toAt", views, cause, behind) VALUES (now(), $1::bigint + 1, 'test', $1::bigint + 1)`,
    [FULL],
  );
});
afterAll(() => database?.drop());

describe("a count beyond 2,147,483,647", () => {
  it("goes on in the fallback and in the sync, and stays a number", async () => {
    const [chapter] = made.chapters;
    if (!chapter) throw new Error("the story has a chapter");
    const inPostgres = createDatabaseViews(database.pool, window);
    const counted = await inPostgres.record([viewOf([chapter, made.story], anonymous("a"))]);
    expect(counted).toEqual([
      [
        { counted: true, count: FULL + 1 },
        { counted: true, count: FULL + 1 },
      ],
    ]);
    const { redis } = await connectTestRedis(9);
    const inRedis = createRedisViews(redis, window);
    await inRedis.record([viewOf([chapter, made.story], anonymous("b"))]);
    await quiesce(database.pool, inRedis);
    redis.disconnect();
    const { rows } = await database.pool.query(
      `SELECT s."readCount", (SELECT sum(views) FROM "ViewHour" WHERE kind = 'story')::text AS history FROM "Story" s`,
    );
    expect(rows).toEqual([{ readCount: FULL + 2, history: String(FULL + 2) }]);
  });

  it("is the same number after a view and on every page", async () => {
    const { db, pool } = database;
    const expected = FULL + 2;
    const sources = { db, pools: { pages: pool }, readUnsynced: async () => new Map<string, number>() };
    const readCounts = createReadCounts(pool);
    const read = await Promise.all([made.story, ...made.chapters].map(readCounts.read));
    expect(read.map((reading) => reading?.count)).toEqual([expected, expected]);
    expect((await readCatalogue(sources, 1)).stories[0]?.reads).toBe(expected);
    const shown = await readStory(sources, null, "classic");
    expect([shown?.reads.story, shown?.reads[1]]).toEqual([expected, expected]);
    const edited = await findEditorStory(db, made.authorId, "classic");
    expect([edited?.readCount, edited?.chapters[0]?.readCount]).toEqual([expected, expected]);
    const listed = await listEditorStories(
      { db, readUnsynced: sources.readUnsynced } as never,
      made.authorId,
      new Date(),
    );
    expect(listed.stories[0]?.counted).toBe(expected);
    expect(
      (await readStoryHistory(db, "classic"))?.totals.map((total) => [total.readCount, total.history]),
    ).toEqual([
      [expected, expected],
      [expected, expected],
    ]);
    expect((await readLedgerPanel(db, async () => null)).losses[0]?.views).toBe(FULL + 1);
  });
});

describe("rows of Prisma", () => {
  it("hold numbers instead of bigints, in related rows too, and all else unchanged", () => {
    const at = new Date();
    const bytes = Buffer.from("x");
    expect(
      withNumbers({ a: 1n, b: "1", at, bytes, none: null, rows: [{ c: 2n }], inner: { d: 3n } }),
    ).toEqual({
      a: 1,
      b: "1",
      at,
      bytes,
      none: null,
      rows: [{ c: 2 }],
      inner: { d: 3 },
    });
    expect(withNumbers(null)).toBeNull();
  });
});
