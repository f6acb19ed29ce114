import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCatalogue } from "../../app/pages/reading/read-catalogue";
import { readChapter } from "../../app/pages/reading/read-chapter";
import { readReadingPlaces } from "../../app/pages/reading/read-reading-places";
import { readStory } from "../../app/pages/reading/read-story";
import type { ReadUnsynced } from "../../app/tracker/ports";
import { targetKey } from "../../app/tracker/view";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let author: { id: number };
let coEditor: { id: number };
let reader: { id: number };

const fiveUnsynced: ReadUnsynced = async (targets) =>
  new Map(targets.map((target) => [targetKey(target), 5] as const));
const redisDown: ReadUnsynced = async () => null;
const sources = (readUnsynced = redisDown) => ({
  db: database.db,
  pools: { pages: database.pool },
  readUnsynced,
});

beforeAll(async () => {
  database = await createTestDatabase();
  const person = (name: string) =>
    database.db.user.create({ data: { name, email: `${name}@example.com`, passwordHash: "" } });
  [author, coEditor, reader] = await Promise.all([person("author"), person("co-editor"), person("reader")]);
  const chapter = (number: number, at: string, status: "PUBLISHED" | "DRAFT" = "PUBLISHED") => ({
    number,
    title: `Chapter ${number}`,
    body: "Text.",
    status,
    readCount: number,
    publishedAt: new Date(at),
  });
  const story = (slug: string, status: "PUBLISHED" | "DRAFT", chapters: ReturnType<typeof chapter>[]) =>
    database.db.story.create({
      data: {
        slug,
        title: slug,
        blurb: "",
        status,
        readCount: 100,
        authorId: author.id,
        publishedAt: new Date("2026-01-01"),
        editors: { create: { userId: coEditor.id } },
        chapters: { create: chapters },
      },
    });
  const old = await story("old", "PUBLISHED", [
    chapter(10, "2026-02-10"),
    chapter(2, "2026-02-02"),
    chapter(1, "2026-02-01"),
    chapter(11, "2026-05-01", "DRAFT"),
  ]);
  await story("new", "PUBLISHED", [chapter(1, "2026-03-01")]);
  await story("bare", "PUBLISHED", []);
  const draft = await story("draft", "DRAFT", [chapter(1, "2026-04-01")]);
  await database.db.readingPlace.createMany({
    data: [
      { userId: reader.id, storyId: old.id, chapterNumber: 2 },
      { userId: reader.id, storyId: draft.id, chapterNumber: 1 },
    ],
  });
});
afterAll(() => database?.drop());

describe("the catalogue", () => {
  it("lists the published stories, those with the newest published chapter first", async () => {
    const { stories, more } = await readCatalogue(sources(fiveUnsynced), 1);
    expect(stories.map((story) => story.slug)).toEqual(["new", "old", "bare"]);
    expect(more).toBe(false);
    expect(stories[1]).toMatchObject({ chapters: 3, reads: 105, latest: { number: 10 } });
    expect(stories[2]).toMatchObject({ chapters: 0, latest: null });
    expect((await readCatalogue(sources(), 2)).stories).toEqual([]);
  });

  it("remembers where a reader stopped, in published stories", async () => {
    expect(await readReadingPlaces(sources(), reader)).toEqual([
      { slug: "old", title: "old", chapter: 2, of: 10 },
    ]);
    expect(await readReadingPlaces(sources(), null)).toEqual([]);
  });
});

describe("a story", () => {
  it("lists its published chapters by number, with live counts", async () => {
    const found = await readStory(sources(fiveUnsynced), reader, "old");
    expect(found?.reads).toEqual({ story: 105, 1: 6, 2: 7, 10: 15 });
    expect(found?.story.chapters.map(({ number }) => number)).toEqual([1, 2, 10]);
    expect(found?.story.stoppedAt).toMatchObject({ number: 2 });
  });

  it("shows only readCount while Redis is down", async () => {
    expect((await readStory(sources(redisDown), null, "old"))?.reads.story).toBe(100);
  });

  it("that is a draft is visible to its author and co-editors only", async () => {
    for (const writer of [author, coEditor])
      expect(await readStory(sources(), writer, "draft")).toMatchObject({
        story: { draft: true, isAuthor: true },
      });
    for (const other of [reader, null]) {
      expect(await readStory(sources(), other, "draft")).toBeNull();
      expect(await readChapter(sources(), other, "draft", "1")).toBeNull();
    }
    expect(await readChapter(sources(), author, "draft", "1")).toMatchObject({
      chapter: { draft: true },
    });
  });

  it.each([undefined, "", "no-such", "nul\0"])("named %j does not exist", async (slug) => {
    expect(await readStory(sources(), null, slug)).toBeNull();
  });
});

describe("a chapter", () => {
  it("knows its neighbours by number, past gaps and drafts", async () => {
    const found = await readChapter(sources(fiveUnsynced), null, "old", "2");
    expect(found).toMatchObject({
      reads: { chapter: 7 },
      chapter: { of: 10, previous: { number: 1 }, next: { number: 10 } },
    });
    expect((await readChapter(sources(), null, "old", "10"))?.chapter.next).toBeNull();
    expect((await readChapter(sources(), null, "old", "1"))?.chapter.previous).toBeNull();
    expect((await readChapter(sources(), author, "old", "10"))?.chapter).toMatchObject({
      of: 11,
      next: { number: 11 },
    });
  });

  it.each(["0", "01", "1e1", "-1", "3", "11", "99999999999", "x", undefined])(
    "%j does not exist for a reader",
    async (number) => {
      expect(await readChapter(sources(), null, "old", number)).toBeNull();
    },
  );
});
