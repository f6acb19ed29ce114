import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createCatalog } from "../../app/stores/postgres/catalog";
import { createTestDatabase } from "../support/services";
import { createStory } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let now = 0;
let away: boolean;
let frozen: Promise<void> | null;
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
      return await database.pool.query(statement);
    } finally {
      running -= 1;
    }
  },
} as Pick<pg.Pool, "query">;
const open = () => createCatalog(watched, () => now);
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
    const refreshed = catalog.refresh("known");
    await new Promise((resolve) => setImmediate(resolve));
    expect(running, "a refresh of a known story does not queue behind them").toBe(3);
    thaw();
    expect(await refreshed).toMatchObject({ published: true });
    const answers = await Promise.all(flood);
    expect(answers.filter((answer) => answer === null)).toHaveLength(2000);
    expect(
      answers.filter((answer) => answer === "too many unknown stories are being looked up"),
    ).toHaveLength(500);
    expect(statements).toBeLessThan(30);
    expect(await catalog.find("made-up-2499"), "refused for that moment only").toBeNull();
  });

  it("asks once for all views of one slug, whether it exists or not, and again two seconds later", async () => {
    const catalog = open();
    for (const slug of ["hot", "not-yet"]) {
      statements = 0;
      await Promise.all(Array.from({ length: 50 }, () => catalog.find(slug)));
      await catalog.find(slug);
      expect(statements).toBe(1);
      now += 2001;
      await catalog.find(slug);
      expect(statements).toBe(2);
    }
    expect(await catalog.find("not-yet")).toBeNull();
    await createStory(database.pool, "not-yet");
    now += 2001;
    expect(await catalog.find("not-yet")).toMatchObject({ published: true });
    await database.pool.query(`DELETE FROM "Story" WHERE slug = 'not-yet'`);
    now += 2001;
    expect(await catalog.find("not-yet")).toBeNull();
  });

  it("holds stories by their chapters: a few huge ones do not fill memory, and the ones in use stay", async () => {
    const huge = (slug: string) => ({
      slug,
      id: 1,
      published: true,
      readCount: 0,
      staff: [1],
      chapters: Array.from({ length: 50_000 }, (_, number) => ({
        number,
        id: number,
        published: true,
        readCount: 0,
      })),
    });
    const catalog = createCatalog(
      {
        async query({ values: [slugs] }: { values: [string[]] }) {
          if (away) throw new Error("away");
          return { rows: slugs.map(huge) };
        },
      } as unknown as Pick<pg.Pool, "query">,
      () => now,
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
