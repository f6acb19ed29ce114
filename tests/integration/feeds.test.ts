import type { AppLoadContext } from "@remix-run/node";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let ids: number[];

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  const author = await db.user.create({
    data: { name: "A. <b>Author</b>", email: "author@example.com", passwordHash: "" },
  });
  const chapter = (number: number, at: string | null, status: "PUBLISHED" | "DRAFT" = "PUBLISHED") => ({
    number,
    title: `Chapter & ${number}\u0001`,
    body: `${"Words ".repeat(200)}\n\nThe end.`,
    status,
    publishedAt: at && new Date(at),
  });
  const story = (slug: string, status: "PUBLISHED" | "DRAFT", chapters: ReturnType<typeof chapter>[]) =>
    db.story.create({
      data: {
        slug,
        title: `"${slug}" & more`,
        blurb: "]]> <script>alert(1)</script>",
        genre: "sea & sky",
        status,
        authorId: author.id,
        publishedAt: new Date("2026-01-01"),
        chapters: { create: chapters },
      },
    });
  await story("tide", "PUBLISHED", [
    chapter(1, "2026-02-01"),
    chapter(2, "2026-02-03"),
    chapter(3, "2026-05-01", "DRAFT"),
    chapter(4, null),
  ]);
  await story("wave's", "PUBLISHED", [chapter(1, "2026-02-02")]);
  await story("draft", "DRAFT", [chapter(1, "2026-06-01")]);
  await story("empty", "PUBLISHED", []);
  ids = (await db.chapter.findMany({ orderBy: { publishedAt: "desc" } })).map(({ id }) => id);
});
afterAll(() => database?.drop());

/** Requests a feed as a feed reader does. */
async function get(slug?: string, headers: Record<string, string> = {}, origin = "http://site.test") {
  const file = slug === undefined ? "feed[.]atom" : "story.$slug_.feed[.]atom";
  const { loader } = (await import(`../../app/routes/${file}.ts`)) as {
    loader(args: object): Promise<Response>;
  };
  const { db, pool } = database;
  const context = { runtime: { db, pools: { pages: pool }, env: {} } } as unknown as AppLoadContext;
  return loader({ context, request: new Request(`${origin}/feed`, { headers }), params: { slug } });
}

const parser = new XMLParser({ ignoreAttributes: false, isArray: (name) => name === "entry" });
async function feedOf(slug?: string) {
  const response = await get(slug);
  const xml = await response.text();
  expect(XMLValidator.validate(xml)).toBe(true);
  return { response, xml, feed: parser.parse(xml).feed };
}

describe("the feed of the site", () => {
  it("has the published chapters of published stories, the newest first, and nothing of drafts", async () => {
    const { response, feed, xml } = await feedOf();
    expect(response.headers.get("Content-Type")).toBe("application/atom+xml; charset=utf-8");
    expect(feed.entry.map((entry: { title: string }) => entry.title)).toEqual([
      '"tide" & more, chapter 2: Chapter & 2',
      '"wave\'s" & more, chapter 1: Chapter & 1',
      '"tide" & more, chapter 1: Chapter & 1',
    ]);
    expect(feed.updated).toBe("2026-02-03T00:00:00.000Z");
    expect(feed.entry[0]).toMatchObject({
      published: "2026-02-03T00:00:00.000Z",
      author: { name: "A. <b>Author</b>" },
      category: { "@_term": "sea & sky" },
      link: { "@_href": "http://site.test/story/tide/chapter/2" },
    });
    expect(feed.entry[0].summary).toMatch(/^Words( Words)+…$/);
    expect(feed.entry[0].summary.length).toBeLessThanOrEqual(300);
    expect(xml).not.toContain("draft");
  });

  it("is sent again only after it has changed", async () => {
    const first = await get();
    const ETag = first.headers.get("ETag") ?? "";
    const again = await get(undefined, { "If-None-Match": `"old", W/${ETag}` });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe("");
    expect((await get(undefined, { "If-None-Match": '"old"' })).status).toBe(200);
  });
});

describe("the feed of a story", () => {
  it("has its chapters, and names that outlive a new address", async () => {
    const before = (await feedOf("tide")).feed;
    expect(before.entry).toHaveLength(2);
    expect(before.link.map((link: Record<string, string>) => link["@_href"])).toEqual([
      "http://site.test/story/tide/feed.atom",
      "http://site.test/story/tide",
    ]);
    await database.db.story.update({ where: { slug: "tide" }, data: { slug: "ebb" } });
    const moved = await get("tide").catch((response: Response) => response);
    expect(moved.status).toBe(301);
    expect(moved.headers.get("Location")).toBe("/story/ebb/feed.atom");
    const after = (await feedOf("ebb")).feed;
    expect(after.id).toBe(before.id);
    const entryIds = (feed: typeof after) => feed.entry.map(({ id }: { id: string }) => id);
    expect(entryIds(after)).toEqual(entryIds(before));
    expect(entryIds(after)[0]).toMatch(new RegExp(`^tag:site\\.test,2026:chapter-(${ids.join("|")})$`));
    await database.db.story.update({ where: { slug: "ebb" }, data: { slug: "tide" } });
  });

  it("has a time without any chapter", async () => {
    const { feed } = await feedOf("empty");
    expect(feed.entry).toBeUndefined();
    expect(feed.updated).toBe("2026-01-01T00:00:00.000Z");
  });

  it.each(["draft", "none", "a\0b"])("of %j does not exist", async (slug) => {
    await expect(get(slug)).rejects.toMatchObject({ status: 404 });
  });
});
