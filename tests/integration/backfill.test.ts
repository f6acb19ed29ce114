import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { backfill } from "../../scripts/backfill/run";
import { dyingPool } from "../support/dying-pool";
import { countDifferences, readEverything } from "../support/import-site";
import { createTestDatabase } from "../support/services";
import { createStory } from "../support/views";

const HOUR = 3_600_000;
const START = Date.UTC(2024, 10, 30, 20);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let story: number;
let chapter: number;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.pool.query(
    `TRUNCATE "Story", "StoryView", "ChapterView", "ViewHour", "ViewDetailHour", "StaleDay" CASCADE`,
  );
  const created = await createStory(database.pool, "old-tale", 1);
  story = created.story.id;
  chapter = created.chapters[0]?.id ?? 0;
});
afterAll(() => database?.drop());

/** Rows of an earlier system: so many views per hour, from START on. */
async function addRows(perHour: number[], referrer: string | null = "news.example") {
  for (const [i, count] of perHour.entries())
    for (let n = 0; n < count; n += 1) {
      const at = new Date(START + i * HOUR + n * 1000);
      await database.pool.query(
        `INSERT INTO "StoryView" ("storyId", viewer, "viewedAt", referrer, device) VALUES ($1, $2, $3, $4, 'mobile')`,
        [story, `old-${i}-${n}`, at, referrer],
      );
      await database.pool.query(
        `INSERT INTO "ChapterView" ("chapterId", viewer, "viewedAt") VALUES ($1, $2, $3)`,
        [chapter, `old-${i}-${n}`, at],
      );
    }
}
const setTotals = (views: number) =>
  Promise.all([
    database.pool.query(`UPDATE "Story" SET "readCount" = $1`, [views]),
    database.pool.query(`UPDATE "Chapter" SET "readCount" = $1`, [views]),
  ]);
const totals = async () =>
  (
    await database.pool.query(
      `SELECT (SELECT "readCount"::int FROM "Story"), (SELECT "readCount"::int AS chapter FROM "Chapter")`,
    )
  ).rows[0];
const run = (dryRun = false) => backfill(database.pool, { dryRun });

describe("a backfill", () => {
  it("fills history, details and totals that lack the rows' views, and a second run changes nothing", async () => {
    await addRows([3, 0, 2]);
    const tried = await run(true);
    expect(tried.added).toEqual({ story: { history: 5, totals: 5 }, chapter: { history: 5, totals: 5 } });
    expect((await readEverything(database.pool)).hours).toEqual([]);
    const done = await run();
    expect({ ...done, dryRun: true }).toEqual(tried);
    expect(done).toMatchObject({
      rows: { story: 5, chapter: 5 },
      months: { "2024-11": 5 },
      stories: [{ slug: "old-tale", views: 5 }],
    });
    expect(await totals()).toEqual({ readCount: 5, chapter: 5 });
    expect(await countDifferences(database.pool)).toBe(0);
    const before = await readEverything(database.pool);
    expect(before.details).toEqual([
      expect.stringContaining(`"dimension":"device","value":"mobile","views":3`),
      expect.stringContaining(`"dimension":"referrer","value":"news.example","views":3`),
      expect.stringContaining(`"dimension":"device","value":"mobile","views":2`),
      expect.stringContaining(`"dimension":"referrer","value":"news.example","views":2`),
    ]);
    const events = await database.db.auditEvent.count();
    expect((await run()).added).toEqual({
      story: { history: 0, totals: 0 },
      chapter: { history: 0, totals: 0 },
    });
    expect(await readEverything(database.pool)).toEqual(before);
    expect(await database.db.auditEvent.count()).toBe(events);
  });

  it("leaves totals alone that have had the views all along", async () => {
    await addRows([3, 4]);
    await setTotals(7);
    expect((await run()).added.story).toEqual({ history: 7, totals: 0 });
    expect(await totals()).toEqual({ readCount: 7, chapter: 7 });
    expect(await countDifferences(database.pool)).toBe(0);
  });

  it("raises a total that has had a part of them, and says which have more than their rows", async () => {
    await addRows([3, 4]);
    await setTotals(5);
    await run();
    expect(await totals()).toEqual({ readCount: 7, chapter: 7 });
    await database.pool.query(`UPDATE "Story" SET "readCount" = 10`);
    expect((await run()).unexplained).toEqual({ totals: 1, views: 3 });
    expect(await totals()).toEqual({ readCount: 10, chapter: 7 });
  });

  it("adds nothing to hours whose history is there, and lowers none", async () => {
    await addRows([3, 4]);
    const at = [new Date(START), new Date(START + HOUR)];
    await database.pool.query(
      `INSERT INTO "ViewHour" VALUES ('story', $1, $3, 'history', 5), ('story', $1, $4, 'history', 1), ('chapter', $2, $3, 'history', 3),
         ('story', $1, $4, 'db', 2), ('chapter', $2, $4, 'history', 4)`,
      [story, chapter, ...at],
    );
    await database.pool.query(`UPDATE "Story" SET "readCount" = 8`);
    await database.pool.query(`UPDATE "Chapter" SET "readCount" = 7`);
    expect((await run()).added).toEqual({
      story: { history: 3, totals: 3 },
      chapter: { history: 0, totals: 0 },
    });
    expect(await totals()).toEqual({ readCount: 11, chapter: 7 });
  });

  it("does not count rows of outages, rows that do not count, and those of deleted stories", async () => {
    await addRows([1]);
    await database.pool.query(
      `INSERT INTO "StoryView" ("storyId", viewer, "viewedAt", counted, "window") VALUES
         ($1, 'a', $2, false, NULL), ($1, 'b', $2, true, tstzrange($2, $2 + interval '1 day')), (999999, 'c', $2, true, NULL)`,
      [story, new Date(START)],
    );
    expect(await run()).toMatchObject({
      rows: { story: 2 },
      added: { story: { history: 1, totals: 1 } },
      deleted: 1,
    });
  });

  it("takes hosts from whole addresses, and leaves rows without a referrer out of the sites", async () => {
    await addRows([1], "https://Search.Example/find?q=tale");
    await addRows([0, 1], null);
    await run();
    const { rows } = await database.pool.query(
      `SELECT value FROM "ViewDetailHour" WHERE dimension = 'referrer'`,
    );
    expect(rows).toEqual([{ value: "search.example" }]);
  });

  it("can be killed at any statement: totals agree at once, and the next run does the rest", async () => {
    await addRows([2, 1, 3]);
    await setTotals(4);
    for (let killAt = 1, done = false; !done; killAt += 1) {
      await database.pool.query(`TRUNCATE "ViewHour", "ViewDetailHour"`);
      await setTotals(4);
      const victim = dyingPool(database.url, killAt, killAt % 2 === 0);
      await backfill(victim.pool, { dryRun: false }).then(
        () => {
          done = true;
        },
        (error: Error) => {
          if (!victim.isDead()) throw error;
        },
      );
      await victim.end();
      await run();
      expect(await totals(), `killed at statement ${killAt}`).toEqual({ readCount: 6, chapter: 6 });
      expect(await countDifferences(database.pool)).toBe(0);
    }
  });
});

describe("a backfill of the demo site", () => {
  it("finds its history complete", async () => {
    const demo = await createTestDatabase({ seeded: true });
    try {
      const before = await readEverything(demo.pool);
      const report = await backfill(demo.pool, { dryRun: false });
      expect(report.rows.story).toBeGreaterThan(0);
      expect(report.added).toEqual({ story: { history: 0, totals: 0 }, chapter: { history: 0, totals: 0 } });
      expect(await readEverything(demo.pool)).toEqual(before);
    } finally {
      await demo.drop();
    }
  });
});
