import { chromium } from "@playwright/test";
import { hydrated } from "./hydrated";
import type { Site } from "./site";
import { expect, newAgent, test } from "./test";
import {
  chapterOf,
  listenForViews,
  nextOutcome,
  postView,
  readsOn,
  runSync,
  storyToRead,
  total,
  viewRows,
  visit,
} from "./views";

declare global {
  interface Window {
    /** Makes the page visible; set by the tests of hidden pages. */
    show(): void;
  }
}

test.describe("loading is not reading", () => {
  test("GETs never count, not even ten of each", async ({ site, request }) => {
    const story = await storyToRead(site, 3);
    const chapter = chapterOf(story, 1);
    const before = [await total(site, story.target), await total(site, chapter.target), await viewRows(site)];
    for (const path of [
      story.path,
      `${story.path}?_data=routes/story.$slug`,
      chapter.path,
      `${chapter.path}?_data=routes/story.$slug_.chapter.$number`,
    ])
      for (let i = 0; i < 10; i += 1) {
        const answer = await request.get(site.origin + path, { headers: { "User-Agent": newAgent() } });
        expect(answer.status(), path).toBe(200);
      }
    expect([
      await total(site, story.target),
      await total(site, chapter.target),
      await viewRows(site),
    ]).toEqual(before);
  });

  test("a browser that a program drives is not counted", async ({ site }) => {
    const { path, target } = await storyToRead(site, 3);
    const before = await total(site, target);
    // The tests' own browser hides what it is; this one does not.
    const driven = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH,
      args: ["--no-sandbox"],
    });
    try {
      const page = await driven.newPage({ userAgent: newAgent() });
      const [sent] = await Promise.all([
        page.waitForRequest((request) => request.method() === "POST"),
        page.goto(site.origin + path),
      ]);
      expect(sent.postDataJSON()).toMatchObject({ automated: true });
      expect(await (await sent.response())?.json()).toMatchObject({ counted: false });
    } finally {
      await driven.close();
    }
    expect(await total(site, target)).toBe(before);
  });

  test("prefetches, robots and clients without a user agent are not counted, and the answer gives the reason", async ({
    site,
  }) => {
    const { path, target } = await storyToRead(site, 3);
    const before = await total(site, target);
    for (const [reason, headers] of [
      ["prefetch", { "Sec-Purpose": "prefetch" }],
      ["prefetch", { "Sec-Purpose": "prefetch;prerender" }],
      ["prefetch", { Purpose: "prefetch" }],
      ["robot", { "User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)" }],
      ["no-user-agent", { "User-Agent": "" }],
    ] as [string, Record<string, string>][])
      expect(await postView(site.origin, path, { headers }), JSON.stringify(headers)).toMatchObject({
        counted: false,
        path: "none",
        reason,
      });
    expect(await total(site, target)).toBe(before);
  });

  test("a background tab sends no view until it is shown", async ({ site, page }) => {
    const story = await storyToRead(site, 3);
    await page.addInitScript(() => {
      let shown = false;
      Object.defineProperty(document, "visibilityState", { get: () => (shown ? "visible" : "hidden") });
      window.show = () => {
        shown = true;
        document.dispatchEvent(new Event("visibilitychange"));
      };
    });
    const sent = listenForViews(page);
    await page.goto(story.path, { waitUntil: "networkidle" });
    expect(sent).toEqual([]);
    const [outcome] = await Promise.all([nextOutcome(page, story.path), page.evaluate(() => window.show())]);
    expect(outcome.counted).toBe(true);
    // Leaving the tab and returning is the same page view.
    await page.evaluate(() => {
      window.show();
      window.show();
    });
    await page.waitForLoadState("networkidle");
    expect(sent).toEqual([story.path]);
  });

  test("a prerendered page sends its view when it is opened", async ({ site, page }) => {
    const chapter = chapterOf(await storyToRead(site, 3), 2);
    await page.addInitScript(() => {
      let prerendering = true;
      Object.defineProperty(document, "prerendering", { get: () => prerendering });
      window.show = () => {
        prerendering = false;
        document.dispatchEvent(new Event("prerenderingchange"));
      };
    });
    const sent = listenForViews(page);
    await page.goto(chapter.path, { waitUntil: "networkidle" });
    expect(sent).toEqual([]);
    const [outcome] = await Promise.all([
      nextOutcome(page, chapter.path),
      page.evaluate(() => window.show()),
    ]);
    expect(outcome.counted).toBe(true);
    expect(sent).toEqual([chapter.path]);
  });

  test("the author's own visit does not count", async ({ site, page }) => {
    const story = await storyToRead(site, 0);
    const before = await total(site, story.target);
    await site.signIn(page.context(), story.author.email);
    expect(await visit(page, story)).toMatchObject({ counted: false, path: "none", reason: "author" });
    expect(await total(site, story.target)).toBe(before);
  });
});

test("each page view is sent once, and returning to a page is a duplicate", async ({ site, page }) => {
  const story = await storyToRead(site, 2);
  const [first, second] = [chapterOf(story, 1), chapterOf(story, 2)];
  const before = [
    await total(site, first.target),
    await total(site, second.target),
    await total(site, story.target),
  ];
  const sent = listenForViews(page);
  expect((await visit(page, first)).counted).toBe(true);
  expect(sent).toEqual([first.path]);

  // A navigation without a page load.
  const next = nextOutcome(page, second.path);
  await page.getByRole("link", { name: second.title }).click();
  expect(await next).toMatchObject({ counted: true });
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(second.title);
  await expect(readsOn(page)).toHaveAttribute("data-reads", String((before[1] ?? 0) + 1));

  const back = nextOutcome(page, first.path);
  await page.goBack();
  expect(await back).toMatchObject({ counted: false, reason: "duplicate", path: "redis" });
  const forward = nextOutcome(page, second.path);
  await page.goForward();
  expect(await forward).toMatchObject({ counted: false, reason: "duplicate" });

  // To another document and back: from the back/forward cache or loaded again.
  await page.goto("/login");
  const returned = nextOutcome(page, second.path);
  await page.goBack();
  expect(await returned).toMatchObject({ counted: false, reason: "duplicate" });

  // Automated browsers have no such cache; this is the event with which it restores a page.
  const restored = nextOutcome(page, second.path);
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  expect(await restored).toMatchObject({ counted: false, reason: "duplicate" });

  await page.waitForLoadState("networkidle");
  expect(sent).toEqual([first.path, second.path, first.path, second.path, second.path, second.path]);
  expect([
    await total(site, first.target),
    await total(site, second.target),
    await total(site, story.target),
  ]).toEqual(before.map((count) => count + 1));
});

for (const store of ["redis", "database"] as const)
  test(`a reader who signs in while reading is still one reader (${store})`, async ({
    site,
    newReader,
    expected,
  }) => {
    expected.push(...(store === "database" ? [/./] : []));
    const page = await newReader();
    const story = await storyToRead(site, 3);
    const [first, second] = [chapterOf(story, 1), chapterOf(story, 2)];
    if (store === "database") await site.withoutRedis();
    expect(await visit(page, first)).toMatchObject({ counted: true, path: store });
    await site.signIn(page.context(), "READER");
    expect(await visit(page, first)).toMatchObject({ counted: false, reason: "duplicate", path: store });
    expect(await visit(page, second), "not read before").toMatchObject({ counted: true, path: store });
  });

test("a count never goes down, not even right after a sync", async ({ site, newReader }) => {
  const chapter = chapterOf(await storyToRead(site, 1), 3);
  for (let reader = 0; reader < 3; reader += 1) await postView(site.origin, chapter.path);
  const shown = await total(site, chapter.target);
  await runSync(site);
  const page = await newReader();
  expect(await visit(page, chapter)).toMatchObject({ counted: true, viewCount: shown + 1 });
  await expect(readsOn(page)).toHaveAttribute("data-reads", String(shown + 1));
});

test("the arrow keys open the neighbouring chapters, and stop at both ends", async ({ site, page }) => {
  const story = await storyToRead(site, 1);
  const [first, second] = [chapterOf(story, 1), chapterOf(story, 2)];
  const heading = page.getByRole("heading", { level: 1 });
  await visit(page, first);
  await hydrated(page);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Shift+ArrowRight");
  await expect(heading, "nothing before the first, nothing with a modifier").toHaveText(first.title);
  await page.keyboard.press("ArrowRight");
  await expect(heading).toHaveText(second.title);
  await expect(page).toHaveURL(second.path);
  await page.keyboard.press("ArrowLeft");
  await expect(heading).toHaveText(first.title);
  await page.goto(story.chapters.at(-1)?.path ?? "");
  await expect(page.getByText("This is the latest chapter.")).toBeVisible();
});

for (const mode of ["redis", "database"] as const)
  test(`200 simultaneous views by one viewer count 1 (${mode})`, async ({ site }) => {
    const story = await storyToRead(site, 3);
    const chapter = chapterOf(story, 3);
    await expect.poll(() => unreconciled(site)).toBe(0);
    const before = [await total(site, story.target), await total(site, chapter.target)];
    if (mode === "database") await site.withoutRedis();
    const agent = newAgent();
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, () => postView(site.origin, chapter.path, { agent })),
    );
    expect(new Set(outcomes.map(({ path }) => path))).toEqual(new Set([mode]));
    expect(outcomes.filter(({ counted }) => counted)).toHaveLength(1);
    expect(outcomes.filter(({ reason }) => reason === "duplicate")).toHaveLength(199);
    // With Redis back, reconcile must not change that.
    await site.withRedis();
    await expect.poll(() => unreconciled(site)).toBe(0);
    expect([await total(site, story.target), await total(site, chapter.target)]).toEqual(
      before.map((count) => count + 1),
    );
  });

/** Fallback rows that are not reconciled yet; history rows have no window. */
async function unreconciled({ db }: Site) {
  const [row] = await db.$queryRaw<{ count: number }[]>`
    SELECT (SELECT count(*) FROM "StoryView" WHERE "window" IS NOT NULL AND "reconciledAt" IS NULL)::int
      + (SELECT count(*) FROM "ChapterView" WHERE "window" IS NOT NULL AND "reconciledAt" IS NULL)::int AS count`;
  return row?.count ?? -1;
}
