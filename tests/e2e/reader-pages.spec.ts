import { expect, test } from "./test";
import { chapterOf, readsOn, storyToRead, visit } from "./views";

test("a chapter's first load is compressed, has no chart code, and uses the fonts that it preloads, and cuts only", async ({
  site,
  page,
}) => {
  const chapter = chapterOf(await storyToRead(site, 2), 1);
  await site.db.chapter.update({
    where: { id: chapter.target.id },
    data: { body: "Plain text — “quoted”, with an ellipsis… and no emphasis." },
  });
  const answers: { url: string; type: string; encoding: string | undefined; text: Promise<string> }[] = [];
  page.on("response", (response) =>
    answers.push({
      url: response.url(),
      type: response.request().resourceType(),
      encoding: response.headers()["content-encoding"],
      text: response.text().catch(() => ""),
    }),
  );
  await visit(page, chapter);
  await page.evaluate(() => document.fonts.ready);
  const scripts = answers.filter(({ type }) => type === "script");
  expect(scripts.length).toBeGreaterThan(3);
  for (const { url, encoding } of answers.filter(({ type }) =>
    ["script", "stylesheet", "document"].includes(type),
  ))
    expect(encoding, url).toBe("br");
  for (const { url, text } of scripts) expect(/recharts|d3-scale/.test(await text), url).toBe(false);

  const preloaded = await page
    .locator('link[rel="preload"][as="font"]')
    .evaluateAll((links) => links.map((link) => (link as HTMLLinkElement).href));
  expect(preloaded.length).toBe(2);
  const fonts = answers.filter(({ type }) => type === "font").map(({ url }) => url);
  expect(fonts.filter((url) => preloaded.includes(url)).sort(), "each is loaded once").toEqual(
    preloaded.sort(),
  );
  // An author's name may have an accent, which is in a cut of its own.
  for (const url of fonts) expect(url, "no whole typeface is loaded").toMatch(/-(common|western)-/);
});

test("an edit, a count and a withdrawn chapter show at once on a page that the server remembers", async ({
  site,
  page,
  expected,
}) => {
  // The browser says so of the withdrawn chapter.
  expected.push(/status of 404/);
  const story = await storyToRead(site, 2);
  const chapter = chapterOf(story, 2);
  await visit(page, chapter);
  const before = Number(await readsOn(page).getAttribute("data-reads"));
  await page.goto(chapter.path);
  expect(Number(await readsOn(page).getAttribute("data-reads")), "the reader's own view stays").toBe(before);

  const body = "Nothing of the former text.";
  const { body: former } = await site.db.chapter.update({
    where: { id: chapter.target.id },
    data: { body, readCount: { increment: 40 } },
  });
  expect(former).toBe(body);
  await page.goto(chapter.path);
  await expect(page.locator(".prose")).toHaveText(body);
  await expect(readsOn(page)).toHaveAttribute("data-reads", String(before + 40));
  await page.goto(story.path);
  await expect(page.getByRole("main").getByRole("link", { name: chapter.title })).toHaveCount(1);

  await site.db.chapter.update({ where: { id: chapter.target.id }, data: { status: "DRAFT" } });
  expect((await page.goto(chapter.path))?.status()).toBe(404);
  await expect(page.getByText(body)).toHaveCount(0);
  await page.goto(story.path);
  await expect(page.getByRole("main").getByRole("link", { name: chapter.title })).toHaveCount(0);

  await site.db.chapter.update({
    where: { id: chapter.target.id },
    data: { status: "PUBLISHED", readCount: { decrement: 40 } },
  });
  expect((await page.goto(chapter.path))?.status()).toBe(200);
});
