import type { AppLoadContext } from "@remix-run/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countSitemapFiles, readSitemapFile } from "../../app/pages/sitemap/read-sitemap";
import { sitemapIndexXml, urlSetXml } from "../../app/pages/sitemap/sitemap-xml";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  const author = await db.user.create({
    data: { name: "author", email: "author@example.com", passwordHash: "" },
  });
  const chapter = (number: number, at: string, status: "PUBLISHED" | "DRAFT" = "PUBLISHED") => ({
    number,
    title: `Chapter ${number}`,
    body: "Text.",
    status,
    publishedAt: new Date(at),
  });
  const story = (slug: string, status: "PUBLISHED" | "DRAFT", chapters: ReturnType<typeof chapter>[]) =>
    db.story.create({
      data: {
        slug,
        title: slug,
        blurb: "",
        status,
        authorId: author.id,
        publishedAt: new Date("2026-01-01"),
        chapters: { create: chapters },
      },
    });
  await story("tide", "PUBLISHED", [
    chapter(2, "2026-02-02"),
    chapter(1, "2026-02-01"),
    chapter(3, "2026-05-01", "DRAFT"),
  ]);
  await story("draft", "DRAFT", [chapter(1, "2026-06-01")]);
  await story("it's <new> & odd", "PUBLISHED", []);
});
afterAll(() => database?.drop());

const TIDE = [
  { path: "/", changedAt: new Date("2026-02-02") },
  { path: "/story/tide", changedAt: new Date("2026-02-02") },
  { path: "/story/tide/chapter/1", changedAt: new Date("2026-02-01") },
  { path: "/story/tide/chapter/2", changedAt: new Date("2026-02-02") },
];
const ODD = { path: "/story/it's%20%3Cnew%3E%20%26%20odd", changedAt: new Date("2026-01-01") };

/** Calls a route's loader as Remix does. */
async function load(file: "robots[.]txt" | "sitemap[.]xml", query = "", PUBLIC_URL?: string) {
  const { loader } = (await import(`../../app/routes/${file}.ts`)) as {
    loader(args: object): Promise<Response> | Response;
  };
  const context = { runtime: { db: database.db, env: { PUBLIC_URL } } } as unknown as AppLoadContext;
  const request = new Request(`http://site.test/${query}`);
  return loader({ context, request, params: {} });
}

describe("the sitemap", () => {
  it("holds the home page, published stories and published chapters, and nothing of drafts", async () => {
    expect(await readSitemapFile(database.db, 1)).toEqual([...TIDE, ODD]);
    expect(await countSitemapFiles(database.db)).toBe(1);
  });

  it("is split into files that miss no page and repeat none", async () => {
    expect(await countSitemapFiles(database.db, 2)).toBe(3);
    const files = await Promise.all([1, 2, 3, 4].map((file) => readSitemapFile(database.db, file, 2)));
    expect(files.map(({ length }) => length)).toEqual([2, 2, 1, 0]);
    expect(files.flat()).toEqual([...TIDE, ODD]);
  });

  it("is XML with absolute, escaped addresses", () => {
    expect(urlSetXml("https://stories.example", [ODD, { path: "/?a=1&b=2", changedAt: null }])).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://stories.example/story/it&apos;s%20%3Cnew%3E%20%26%20odd</loc><lastmod>2026-01-01T00:00:00.000Z</lastmod></url>
<url><loc>https://stories.example/?a=1&amp;b=2</loc></url>
</urlset>
`,
    );
    expect(sitemapIndexXml("https://stories.example", 2)).toContain(
      "<sitemap><loc>https://stories.example/sitemap.xml?file=2</loc></sitemap>",
    );
  });

  it("is served with the site's own origin, and may be cached for an hour", async () => {
    const response = await load("sitemap[.]xml");
    expect(response.headers.get("Content-Type")).toBe("application/xml; charset=utf-8");
    expect(response.headers.get("Cache-Control")).toBe("public, max-age=3600");
    expect(await response.text()).toContain("<loc>http://site.test/story/tide</loc>");
    const named = await load("sitemap[.]xml", "?file=1", "https://stories.example");
    expect(await named.text()).toContain("<loc>https://stories.example/story/tide/chapter/2</loc>");
  });

  it.each(["0", "2", "-1", "1.5", "x", ""])("has no file %j", async (file) => {
    await expect(load("sitemap[.]xml", `?file=${file}`)).rejects.toMatchObject({ status: 404 });
  });
});

it("robots.txt keeps robots off the pages that need a log-in, and names the sitemap", async () => {
  const response = await load("robots[.]txt", "", "https://stories.example/");
  expect(response.headers.get("Content-Type")).toBe("text/plain; charset=utf-8");
  expect(await response.text()).toBe(`User-agent: *
Disallow: /account
Disallow: /admin
Disallow: /editor
Disallow: /login
Disallow: /logout

Sitemap: https://stories.example/sitemap.xml
`);
});
