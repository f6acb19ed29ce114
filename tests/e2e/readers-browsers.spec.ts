import type { Page } from "@playwright/test";
import { hydrated } from "./hydrated";
import { expect, test } from "./test";
import { chapterOf, listenForViews, nextOutcome, readsOn, storyToRead, total, visit } from "./views";

/** What a browser's translator does: each text is taken out and put back, translated, within two elements. */
async function translate(page: Page) {
  await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts: Text[] = [];
    while (walker.nextNode()) texts.push(walker.currentNode as Text);
    for (const text of texts) {
      if (!text.data.trim() || text.parentElement?.closest("script, style")) continue;
      const outer = document.createElement("font");
      const inner = outer.appendChild(document.createElement("font"));
      inner.textContent = text.data.toUpperCase();
      text.replaceWith(outer);
    }
  });
}

for (const [missing, take] of [
  ["keepalive", () => delete (Request.prototype as { keepalive?: boolean }).keepalive],
  ["sendBeacon", () => Object.defineProperty(Navigator.prototype, "sendBeacon", { value: undefined })],
  [
    "keepalive, sendBeacon and performance entries",
    () => {
      delete (Request.prototype as { keepalive?: boolean }).keepalive;
      Object.defineProperty(Navigator.prototype, "sendBeacon", { value: undefined });
      Object.defineProperty(Performance.prototype, "getEntriesByType", { value: undefined });
      Object.defineProperty(URL, "canParse", { value: undefined });
    },
  ],
] as const)
  test(`a view arrives from a browser without ${missing}`, async ({ page, site }) => {
    const chapter = chapterOf(await storyToRead(site, 1), 1);
    const before = await total(site, chapter.target);
    await page.addInitScript(take);
    await page.goto(chapter.path, { referer: "https://news.example/today" });
    await expect.poll(() => total(site, chapter.target)).toBe(before + 1);
  });

test("a view that got no answer is sent once more, and counts once", async ({ page, site, expected }) => {
  expected.push(/net::ERR_/);
  const chapter = chapterOf(await storyToRead(site, 1), 2);
  const before = await total(site, chapter.target);
  const sent = listenForViews(page);
  // The first arrives, but its answer is lost.
  await page.route(
    `**${chapter.path}?*`,
    async (route) => {
      await route.fetch();
      await route.abort("connectionreset");
    },
    { times: 1 },
  );
  const [outcome] = await Promise.all([nextOutcome(page, chapter.path), page.goto(chapter.path)]);
  expect(outcome).toMatchObject({ counted: false });
  expect(sent).toHaveLength(2);
  await expect(readsOn(page)).toHaveAttribute("data-reads", String(before + 1));
  expect(await total(site, chapter.target)).toBe(before + 1);
});

test("a tab that is looked at again after the window counts again", async ({ page, site }) => {
  const chapter = chapterOf(await storyToRead(site, 1), 3);
  await page.clock.install();
  const sent = listenForViews(page);
  await Promise.all([
    nextOutcome(page, chapter.path),
    page.goto(chapter.path).then(() => page.clock.runFor(100)),
  ]);
  const look = async (hours: number) => {
    await page.clock.fastForward(hours * 3_600_000);
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  };
  await look(23);
  await look(0.9);
  expect(sent).toHaveLength(1);
  await Promise.all([nextOutcome(page, chapter.path), look(0.2)]);
  expect(sent).toHaveLength(2);
});

test("with the browser's translation on, the next page shows the next page", async ({ page, site }) => {
  const story = await storyToRead(site, 0);
  await visit(page, chapterOf(story, 1));
  await hydrated(page);
  for (const number of [2, 3]) {
    const { title, path } = chapterOf(story, number);
    await translate(page);
    if (number === 2) await page.locator("a[rel=next]").click();
    else await page.keyboard.press("ArrowRight");
    await expect(page).toHaveURL(path);
    await expect(page.locator("h1")).toHaveText(title);
    await expect(page.locator("main header")).toContainText(`Chapter ${number} of`);
    await expect(page.locator("main font"), "nothing of the page before is left").toHaveCount(0);
  }
  await translate(page);
  await page.locator("main header a").first().click();
  await expect(page.locator("h1")).toHaveText(story.title);
  await translate(page);
  await page.locator("body > header a").first().click();
  await expect(page.locator("h1")).toContainText("Serial fiction");
  await expect(page.locator("main font")).toHaveCount(0);
});
