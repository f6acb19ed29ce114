import { afterAll, beforeAll, expect, it } from "vitest";
import { scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { createStory } from "../support/views";
import { needBuild, startWeb, type WebProcess } from "../support/web-process";

const ORIGIN = "http://stories.example";
const TITLE = `Salt </script><script>alert(1)</script> & "tide"`;
const scratch = scratchDirectory("structured-data");
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let web: WebProcess;

beforeAll(async () => {
  await needBuild();
  database = await createTestDatabase();
  const { story } = await createStory(database.pool, "salt", 2);
  await database.db.story.update({ where: { id: story.id }, data: { title: TITLE, genre: "Fantasy" } });
  await createStory(database.pool, "hidden");
  await database.db.story.update({ where: { slug: "hidden" }, data: { status: "DRAFT" } });
  web = await startWeb({
    DATABASE_URL: database.url,
    JOURNAL_DIR: scratch.dir,
    PUBLIC_URL: ORIGIN,
    VIEW_TRACKING_REDIS_ENABLED: "false",
  });
}, 120_000);
afterAll(async () => {
  await web?.stop();
  await database?.drop();
  scratch.remove();
});

async function dataOn(path: string) {
  const headers = { "X-Forwarded-Host": "stories.example" };
  const html = await (await fetch(web.origin + path, { headers })).text();
  const found = [...html.matchAll(/<script type="application\/ld\+json">(.*?)<\/script>/g)];
  return { html, data: found.map(([, json]) => JSON.parse(json ?? "") as Record<string, unknown>) };
}

it("a story is a book and a chapter a part of it, each with its way from the home page", async () => {
  const story = await dataOn("/story/salt");
  expect(story.data).toMatchObject([
    { "@type": "Book", "@id": `${ORIGIN}/story/salt`, name: TITLE, genre: "Fantasy" },
    { "@type": "BreadcrumbList", itemListElement: [{ position: 1, item: `${ORIGIN}/` }, { position: 2 }] },
  ]);
  const chapter = await dataOn("/story/salt/chapter/2");
  expect(chapter.data).toMatchObject([
    { "@type": "Chapter", position: 2, isPartOf: { "@type": "Book", "@id": `${ORIGIN}/story/salt` } },
    { itemListElement: [{}, {}, { position: 3, item: `${ORIGIN}/story/salt/chapter/2` }] },
  ]);
});

it("no title ends the element that it is written in", async () => {
  const { html } = await dataOn("/story/salt");
  expect(html).not.toContain("<script>alert(1)");
});
