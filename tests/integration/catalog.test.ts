import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createCatalog } from "../../app/stores/postgres/catalog";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { createStory } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let now = 0;
let away: boolean;
/** What holds statements back before Postgres gets them, and answers before the catalog gets them. */
let frozen: Promise<void> | null;
let frozenAnswer: Promise<void> | null;
let answersHeld: number;
/** Added to the transaction id that Postgres names. */
let horizonShift: bigint;
let statements: number;
let running: number;
let mostAtOnce: number;

beforeAll(async () => {
  database = await createTestDatabase();
  for (const slug of ["known", "other", "hot"]) await createStory(database.pool, slug, 3);
});
beforeEach(() => {
  now = 1_700_000_000_000;
  away = false;
  frozen = null;
  frozenAnswer = null;
  answersHeld = 0;
  horizonShift = 0n;
  statements = 0;
  running = 0;
  mostAtOnce = 0;
});
afterAll(() => database?.drop());

/** The real Postgres, which can be cut off or frozen; statements at a time are counted. */
const watched = {
  async query(statement: pg.QueryConfig) {
    statements += 1;
    running += 1;
    mostAtOnce = Math.max(mostAtOnce, running);
    try {
      await frozen;
      if (away) throw new Error("connect ECONNREFUSED");
      const answer = await database.pool.query(statement);
      if (statement.name === "story-changes") {
        const [row] = answer.rows;
        row.horizon = String(BigInt(row.horizon) + horizonShift);
      }
      if (frozenAnswer) answersHeld += 1;
      await frozenAnswer;
      return answer;
    } finally {
      running -= 1;
    }
  },
} as Pick<pg.Pool, "query">;
/** A busy machine may take longer than a reader waits. */
const open = () => createCatalog(watched, { now: () => now, waitMs: 20_000 });
const madeUp = (count: number) => Array.from({ length: count }, (_, i) => `made-up-${i}`);

describe("the catalog", () => {
  it("finds a known story while Postgres is away, also after 5,200 made-up slugs", async () => {
    const catalog = open();
    const before = await catalog.find("known");
    expect(before).toMatchObject({ published: true });
    for (let from = 0; from < 5200; from += 1300)
      await Promise.all(
        madeUp(5200)
          .slice(from, from + 1300)
          .map((slug) => catalog.find(slug)),
      );
    away = true;
    now += 3_600_000;
    expect(await catalog.find("known")).toBe(before);
    await expect(catalog.find("other")).rejects.toThrow("ECONNREFUSED");
  });

  it("looks up many unknown slugs in few statements, two at a time, and delays no known story", async () => {
    const catalog = open();
    await catalog.find("known");
    now += 3000;
    let thaw = () => {};
    frozen = new Promise((resolve) => {
      thaw = resolve;
    });
    const flood = madeUp(2500).map((slug) => catalog.find(slug).catch((error: Error) => error.message));
    await new Promise((resolve) => setImmediate(resolve));
    expect(mostAtOnce).toBe(2);
    const refreshed = catalog.find("known");
    await new Promise((resolve) => setImmediate(resolve));
    expect(running, "a refresh of a known story does not queue behind them").toBe(3);
    thaw();
    expect(await refreshed).toMatchObject({ published: true });
    await until("nothing is asked any more", () => running === 0);
    const answers = await Promise.all(flood);
    expect(answers.filter((answer) => answer === null)).toHaveLength(2000);
    expect(
      answers.filter((answer) => answer === "too many unknown stories are being looked up"),
    ).toHaveLength(500);
    expect(statements).toBeLessThan(30);
    expect(await catalog.find("made-up-2499"), "refused for that moment only").toBeNull();
  });

  it("asks once for all views of one slug, whether it exists or not", async () => {
    const catalog = open();
    for (const slug of ["hot", "not-yet"]) {
      statements = 0;
      await Promise.all(Array.from({ length: 50 }, () => catalog.find(slug)));
      expect(statements).toBe(1);
    }
    expect(await catalog.find("not-yet")).toBeNull();
    await createStory(database.pool, "not-yet");
    now += 2001;
    expect(await catalog.find("not-yet")).toMatchObject({ published: true });
  });

  it("asks every two seconds which stories have changed, and reads only those again", async () => {
    const catalog = open();
    const slugs = ["known", "other", "hot"];
    const findAll = () => Promise.all(slugs.map((slug) => catalog.find(slug)));
    // Postgres's transactions are numbered across databases: while an older one of another test runs, changes are read again.
    let before = await findAll();
    await until("no change may still appear", async () => {
      now += 2001;
      const earlier = before;
      before = await findAll();
      return before.every((story, i) => story === earlier[i]);
    });
    statements = 0;
    for (let i = 0; i < 5; i += 1) {
      now += 2001;
      expect(await findAll()).toEqual(before);
      expect(catalog.known("hot"), "and views in between ask nothing").toBe(before[2]);
    }
    expect(statements, "one question per two seconds").toBe(5);
    await database.pool.query(`UPDATE "Story" SET status = 'DRAFT' WHERE slug = 'hot'`);
    now += 2001;
    statements = 0;
    const after = await findAll();
    expect(after.map((story) => story?.published)).toEqual([true, true, false]);
    expect(after[0]).toBe(before[0]);
    expect(statements, "the question, and one look-up").toBe(2);
    await database.pool.query(`UPDATE "Story" SET status = 'PUBLISHED' WHERE slug = 'hot'`);
  });

  it.each([
    [
      "a chapter that is published",
      `UPDATE "Chapter" SET status = 'DRAFT' WHERE "storyId" = $1 AND number = 2`,
    ],
    ["a chapter that is moved", `UPDATE "Chapter" SET number = 7 WHERE "storyId" = $1 AND number = 2`],
    [
      "a new chapter",
      `INSERT INTO "Chapter" ("storyId", number, title, body, status) VALUES ($1, 9, 'C', '', 'PUBLISHED')`,
    ],
    ["a chapter that is deleted", `DELETE FROM "Chapter" WHERE "storyId" = $1 AND number = 1`],
    [
      "a new editor",
      `INSERT INTO "StoryEditor" ("storyId", "userId") SELECT $1, id FROM "User" WHERE email = 'editor@example.test'`,
    ],
    ["an editor who leaves", `DELETE FROM "StoryEditor" WHERE "storyId" = $1`],
    [
      "another author",
      `UPDATE "Story" SET "authorId" = (SELECT id FROM "User" WHERE email = 'editor@example.test') WHERE id = $1`,
    ],
    [
      "another slug, and a story that takes the former one",
      `UPDATE "Story" SET slug = 'renamed' WHERE id = $1`,
      `INSERT INTO "Story" (slug, title, blurb, "authorId") SELECT 'changing', '', '', "authorId" FROM "Story" WHERE id = $1`,
    ],
    ["a story that is deleted", `DELETE FROM "Story" WHERE id = $1`],
  ])(
    "notices %s, in a transaction that was open before and is committed after other changes",
    async (_, ...change) => {
      await database.pool.query(
        `INSERT INTO "User" (email, name, "passwordHash") VALUES ('editor@example.test', 'E', '') ON CONFLICT DO NOTHING`,
      );
      const { story } = await createStory(database.pool, "changing", 2);
      await database.pool.query(`INSERT INTO "StoryEditor" ("storyId", "userId") VALUES ($1, $2)`, [
        story.id,
        (await database.pool.query(`SELECT "authorId" FROM "Story" WHERE id = $1`, [story.id])).rows[0]
          .authorId,
      ]);
      const catalog = open();
      const find = async () => {
        now += 2001;
        return catalog.find("changing");
      };
      await find();
      const client = await database.pool.connect();
      await client.query("BEGIN");
      for (const statement of change) await client.query(statement, [story.id]);
      const before = await find();
      await database.pool.query(`UPDATE "Story" SET status = 'DRAFT' WHERE slug = 'other'`);
      await database.pool.query(`UPDATE "Story" SET status = 'PUBLISHED' WHERE slug = 'other'`);
      expect(await find(), "not committed yet").toEqual(before);
      await client.query("COMMIT");
      client.release();
      expect(await find()).not.toEqual(before);
      await database.pool.query(`DELETE FROM "Story" WHERE slug IN ('changing', 'renamed')`);
    },
  );

  it("hears nothing of read counts that move", async () => {
    const notes = async () =>
      (await database.pool.query(`SELECT count(*)::int AS n FROM "StoryChange"`)).rows[0].n;
    const before = await notes();
    await database.pool.query(`UPDATE "Story" SET "readCount" = "readCount" + 1`);
    await database.pool.query(`UPDATE "Chapter" SET "readCount" = "readCount" + 1`);
    expect(await notes()).toBe(before);
  });

  it("reads a story again that changed while it was being read", async () => {
    const catalog = open();
    await catalog.find("known");
    await catalog.find("hot");
    now += 2001;
    await catalog.find("hot");
    // The answer of this look-up arrives after the change, and after the question that reports it.
    let arrive = () => {};
    frozenAnswer = new Promise((resolve) => {
      arrive = resolve;
    });
    const late = catalog.find("other");
    await until("it was read", () => answersHeld === 1);
    frozenAnswer = null;
    await database.pool.query(`UPDATE "Story" SET status = 'DRAFT' WHERE slug = 'other'`);
    now += 2001;
    await catalog.find("hot");
    arrive();
    expect(await late).toMatchObject({ published: true });
    expect(await catalog.find("other")).toMatchObject({ published: false });
    await database.pool.query(`UPDATE "Story" SET status = 'PUBLISHED' WHERE slug = 'other'`);
  });

  it("reads everything again after a long absence, after five minutes, and in a database that was restored", async () => {
    const catalog = open();
    await catalog.find("hot");
    const lookUps = async (wait: number) => {
      now += wait;
      statements = 0;
      await catalog.find("hot");
      return statements;
    };
    expect(await lookUps(2001), "the first question knows no changes before it").toBe(2);
    expect(await lookUps(2001)).toBe(1);
    expect(await lookUps(300_001)).toBe(2);
    expect(await lookUps(2001)).toBe(1);
    horizonShift = -1_000_000n;
    expect(await lookUps(2001), "transaction ids went back").toBe(2);
    horizonShift = 0n;
    expect(await lookUps(2001)).toBe(1);
    expect(await lookUps(3_600_001)).toBe(2);
  });

  it("keeps readers waiting for an absent Postgres once per two seconds, not at every view", async () => {
    const catalog = open();
    await catalog.find("hot");
    away = true;
    now += 2001;
    statements = 0;
    for (let i = 0; i < 10; i += 1) expect(await catalog.find("hot")).toMatchObject({ published: true });
    expect(statements).toBe(1);
    now += 2001;
    away = false;
    expect(await catalog.find("hot")).toMatchObject({ published: true });
    expect(statements).toBeGreaterThan(1);
  });

  it("holds stories by their chapters: a few huge ones do not fill memory, and the ones in use stay", async () => {
    const huge = (slug: string) => ({
      asked: slug,
      slug,
      id: 1,
      published: true,
      staff: [1],
      chapters: Array.from({ length: 50_000 }, (_, number) => ({
        number,
        id: number,
        published: true,
      })),
    });
    const catalog = createCatalog(
      {
        async query({ values: [slugs] }: { values: [string[]] }) {
          if (away) throw new Error("away");
          return { rows: slugs.map(huge) };
        },
      } as unknown as Pick<pg.Pool, "query">,
      { now: () => now },
    );
    for (let i = 0; i < 12; i += 1) {
      await catalog.find("in use");
      await catalog.find(`huge-${i}`);
    }
    away = true;
    const held = await Promise.all(
      ["in use", ...Array.from({ length: 12 }, (_, i) => `huge-${i}`)].map((slug) =>
        catalog.find(slug).then(
          () => slug,
          () => null,
        ),
      ),
    );
    expect(held.filter((slug) => slug !== null)).toEqual([
      "in use",
      "huge-8",
      "huge-9",
      "huge-10",
      "huge-11",
    ]);
  });
});
