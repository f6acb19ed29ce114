import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCatalogue, readGenres } from "../../app/pages/reading/read-catalogue";
import { countSitemapFiles, readSitemapFile } from "../../app/pages/sitemap/read-sitemap";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
const sources = () => ({
  db: database.db,
  pools: { pages: database.pool },
  readUnsynced: async () => null,
});
const search = async (text: string, page = 1) =>
  (await readCatalogue(sources(), page, { search: text })).stories.map(({ slug }) => slug);

beforeAll(async () => {
  database = await createTestDatabase();
  const { db, pool } = database;
  const june = await db.user.create({
    data: { name: "June Tallis", email: "j@example.test", passwordHash: "" },
  });
  const story = (slug: string, title: string, genre: string, blurb: string, more = {}) =>
    db.story.create({
      data: { slug, title, genre, blurb, authorId: june.id, status: "PUBLISHED", ...more },
    });
  await story("salt", "The Salt Road", "Fantasy", "A pilot crosses the marsh.");
  await story("pilot", "A Pilot’s Grave", "Crime", "The salt was not hers.");
  await story("draft", "Salt, unfinished", "Fantasy", "", { status: "DRAFT" });
  await story("plain", "Winter", "", "Nothing happens.");
  // As many stories as a large site has.
  await pool.query(
    `INSERT INTO "Story" (slug, title, blurb, genre, "authorId", status, "publishedAt")
     SELECT 'many-' || n, 'Volume ' || n, 'Harbour light ' || n % 97, 'Genre ' || n % 7, $1, 'PUBLISHED', now() - n * interval '1 minute'
     FROM generate_series(1, 10000) n`,
    [june.id],
  );
  await pool.query("ANALYZE");
}, 60_000);
afterAll(() => database?.drop());

describe("a search", () => {
  it("finds the beginnings of words in title, author, genre and blurb, the title first", async () => {
    expect(await search("salt")).toEqual(["salt", "pilot"]);
    expect(await search("PIL")).toEqual(["pilot", "salt"]);
    expect(await search("june crime")).toEqual(["pilot"]);
    expect(await search("tallis winter")).toEqual(["plain"]);
    expect(await search("salt winter")).toEqual([]);
  });

  it("takes anything that people type for words, and nothing for no words", async () => {
    for (const text of ["'", "& | !", ":*", "\\", "()", "%_"]) expect(await search(text), text).toEqual([]);
    expect(await search("salt & ! :* (road)")).toEqual(["salt"]);
  });

  it("follows a new title, and an author's new name", async () => {
    const { db } = database;
    await db.story.update({ where: { slug: "plain" }, data: { title: "Spring" } });
    expect(await search("spring")).toEqual(["plain"]);
    const other = await db.user.create({ data: { name: "Ola", email: "o@example.test", passwordHash: "" } });
    await db.story.update({ where: { slug: "plain" }, data: { authorId: other.id } });
    await db.user.update({ where: { id: other.id }, data: { name: "Bea Quill" } });
    expect(await search("quill spring")).toEqual(["plain"]);
    expect(await search("ola spring")).toEqual([]);
  });

  it("finds its words by an index, and shows a page of many matches", async () => {
    const client = await database.pool.connect();
    // A table this small is read as a whole at times; a large one never should be.
    await client.query("SET enable_seqscan = off");
    const { rows } = await client.query<{ "QUERY PLAN": string }>(
      `EXPLAIN SELECT FROM "StorySearch" w WHERE w.words @@ to_tsquery('simple', 'salt:*')`,
    );
    await client.query("RESET enable_seqscan");
    client.release();
    expect(rows.map((row) => row["QUERY PLAN"]).join("\n")).toContain("StorySearch_words");
    const first = await readCatalogue(sources(), 1, { search: "harbour" });
    expect(first.more).toBe(true);
    const second = await readCatalogue(sources(), 2, { search: "harbour" });
    const slugs = [...first.stories, ...second.stories].map(({ slug }) => slug);
    expect(new Set(slugs).size).toBe(48);
  });
});

it("a genre's page has its published stories, and the sitemap has the page", async () => {
  expect((await readCatalogue(sources(), 1, { genre: "Fantasy" })).stories.map(({ slug }) => slug)).toEqual([
    "salt",
  ]);
  const genres = await readGenres(sources());
  expect(genres).toContain("Crime");
  expect(genres).not.toContain("");
  const files = await countSitemapFiles(database.db);
  const last = await readSitemapFile(database.db, files);
  expect(last.map(({ path }) => path).slice(-9)).toContain("/genre/Genre%203");
});
