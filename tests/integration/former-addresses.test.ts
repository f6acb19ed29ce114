import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMoved } from "../../app/pages/reading/find-moved";
import { createCatalog } from "../../app/stores/postgres/catalog";
import { createTestDatabase } from "../support/services";
import { createStory } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let now = 1_700_000_000_000;
const sources = () => ({ pools: { pages: database.pool } });
const sql = (text: string, values: unknown[] = []) => database.pool.query(text, values);
const rename = (from: string, to: string) => sql(`UPDATE "Story" SET slug = $2 WHERE slug = $1`, [from, to]);
const renumber = (id: number | undefined, number: number) =>
  sql(`UPDATE "Chapter" SET number = $2 WHERE id = $1`, [id, number]);
const moved = (slug: string, number?: number) => findMoved(sources(), null, slug, number);

/** A catalog of one process, in which every look-up comes two seconds after the last one. */
function openCatalog() {
  const catalog = createCatalog(database.pool, { now: () => now, waitMs: 20_000 });
  return async (slug: string) => {
    now += 2001;
    return catalog.find(slug);
  };
}

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

describe("a renamed story", () => {
  it("is found by its former slugs, for pages and for counting, in processes that knew it before and after", async () => {
    const { story } = await createStory(database.pool, "first", 2);
    const find = openCatalog();
    expect(await find("first")).toMatchObject({ id: story.id });
    await rename("first", "second");
    expect(await find("first"), "an open page still posts to the old address").toMatchObject({
      id: story.id,
    });
    await rename("second", "third");
    for (const slug of ["first", "second", "third"]) {
      expect(await find(slug), slug).toMatchObject({ id: story.id });
      expect(await openCatalog()(slug), slug).toMatchObject({ id: story.id });
    }
    expect(await moved("first")).toBe("/story/third");
    expect(await moved("second", 2)).toBe("/story/third/chapter/2");
    expect(await moved("third"), "no redirect to itself").toBeNull();
    expect(await moved("first", 3), "nor to a chapter that is not there").toBeNull();

    await sql(`UPDATE "Story" SET status = 'DRAFT' WHERE id = $1`, [story.id]);
    expect(await find("first"), "a change reaches the former slugs too").toMatchObject({ published: false });
    expect(await moved("first"), "the slug of a draft stays secret").toBeNull();
    expect(await findMoved(sources(), { id: await authorOf(story.id) }, "first")).toBe("/story/third");
  });

  it("loses a former slug to the story that takes it, and its own slug when it goes back", async () => {
    const old = await createStory(database.pool, "tide", 1);
    const find = openCatalog();
    await rename("tide", "ebb");
    expect(await find("tide")).toMatchObject({ id: old.story.id });
    const young = await createStory(database.pool, "tide", 1);
    expect(await find("tide")).toMatchObject({ id: young.story.id });
    expect(await find("ebb")).toMatchObject({ id: old.story.id });
    await sql(`DELETE FROM "Story" WHERE id = $1`, [young.story.id]);
    expect(await find("tide"), "it does not come back").toBeNull();
    await rename("ebb", "flood");
    await rename("flood", "ebb");
    expect(await moved("flood")).toBe("/story/ebb");
    expect(await moved("ebb")).toBeNull();
    await sql(`DELETE FROM "Story" WHERE id = $1`, [old.story.id]);
    expect(await find("flood")).toBeNull();
  });

  it("swaps its slug with another's", async () => {
    const a = await createStory(database.pool, "a", 1);
    const b = await createStory(database.pool, "b", 1);
    const find = openCatalog();
    await Promise.all([find("a"), find("b")]);
    await rename("a", "between");
    await rename("b", "a");
    await rename("between", "b");
    expect(await find("a")).toMatchObject({ id: b.story.id });
    expect(await find("b")).toMatchObject({ id: a.story.id });
    expect(await find("between")).toMatchObject({ id: a.story.id });
  });

  it("has one spelling of its slug, however its letters are composed", async () => {
    const { story } = await createStory(database.pool, "ru\u0308hrung", 1);
    const { rows } = await sql(`SELECT slug FROM "Story" WHERE id = $1`, [story.id]);
    expect(rows).toEqual([{ slug: "r\u00fchrung" }]);
    await rename("r\u00fchrung", "e\u0301tude");
    expect(await moved("r\u00fchrung")).toBe(`/story/${encodeURIComponent("\u00e9tude")}`);
  });
});

describe("a chapter that moves to another number", () => {
  it("keeps its identity under the new number, and under the old one until another chapter has it", async () => {
    const { story, chapters } = await createStory(database.pool, "moving", 3);
    const find = openCatalog();
    const idAt = async (number: number) => (await find("moving"))?.chapters.get(number)?.id;
    const places = async () =>
      (await sql(`SELECT "chapterNumber" FROM "ReadingPlace" WHERE "storyId" = $1`, [story.id])).rows.map(
        (row) => row.chapterNumber,
      );
    const reader = await createReader();
    await sql(`INSERT INTO "ReadingPlace" ("userId", "storyId", "chapterNumber") VALUES ($1, $2, 3)`, [
      reader,
      story.id,
    ]);
    expect(await idAt(3)).toBe(chapters[2]?.id);
    await renumber(chapters[2]?.id, 4);
    expect([await idAt(4), await idAt(3)]).toEqual([chapters[2]?.id, chapters[2]?.id]);
    expect(await places()).toEqual([4]);
    expect(await moved("moving", 3)).toBe("/story/moving/chapter/4");

    await renumber(chapters[1]?.id, 3);
    expect([await idAt(3), await idAt(2)]).toEqual([chapters[1]?.id, chapters[1]?.id]);
    expect(await moved("moving", 2)).toBe("/story/moving/chapter/3");
    expect(await places()).toEqual([4]);

    // A swap, as programs write it: through a number that is no address.
    await renumber(chapters[2]?.id, -4);
    await renumber(chapters[1]?.id, 4);
    await renumber(chapters[2]?.id, 3);
    expect([await idAt(3), await idAt(4)]).toEqual([chapters[2]?.id, chapters[1]?.id]);
    expect(await places()).toEqual([3]);
    expect(await moved("moving", -4)).toBeNull();

    await sql(`DELETE FROM "Chapter" WHERE id = $1`, [chapters[1]?.id]);
    expect(await moved("moving", 2), "a chapter that is gone leaves no address").toBeNull();
  });

  it("moves with all that follow when one statement makes room", async () => {
    const { chapters } = await createStory(database.pool, "room", 3);
    await sql(
      `UPDATE "Chapter" SET number = -number WHERE "storyId" = (SELECT id FROM "Story" WHERE slug = 'room')`,
    );
    await sql(
      `UPDATE "Chapter" SET number = 1 - number WHERE "storyId" = (SELECT id FROM "Story" WHERE slug = 'room')`,
    );
    const story = await openCatalog()("room");
    expect([2, 3, 4].map((number) => story?.chapters.get(number)?.id)).toEqual(chapters.map(({ id }) => id));
  });
});

async function authorOf(storyId: number): Promise<number> {
  const { rows } = await sql(`SELECT "authorId" FROM "Story" WHERE id = $1`, [storyId]);
  return rows[0].authorId;
}

async function createReader(): Promise<number> {
  const { rows } = await sql(
    `INSERT INTO "User" (email, name, "passwordHash") VALUES ('reader@example.test', 'Reader', 'x') RETURNING id`,
  );
  return rows[0].id;
}
