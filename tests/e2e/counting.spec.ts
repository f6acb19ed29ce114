import { hydrated } from "./hydrated";
import type { Site } from "./site";
import { expect, test } from "./test";
import {
  chapterOf,
  heldInRedis,
  postView,
  readsOn,
  runSync,
  stored,
  storyToRead,
  total,
  viewRows,
  visit,
} from "./views";

test("views are tracked in Redis when a reader visits a story and a chapter", async ({ site, page }) => {
  const story = await storyToRead(site, 0);
  for (const readable of [story, chapterOf(story, 1)]) {
    const before = await heldInRedis(site, readable.target);
    const shown = await total(site, readable.target);
    expect(await visit(page, readable)).toEqual({
      counted: true,
      isFirstView: true,
      path: "redis",
      viewCount: shown + 1,
    });
    expect(await heldInRedis(site, readable.target)).toEqual({
      unsynced: before.unsynced + 1,
      hour: before.hour + 1,
    });
    await expect(readsOn(page)).toHaveAttribute("data-reads", String(shown + 1));
  }
  await page.reload();
  await expect(readsOn(page), "the server's own count is the same").toHaveAttribute(
    "data-reads",
    String(await total(site, chapterOf(story, 1).target)),
  );
});

test("no new StoryView/ChapterView rows while Redis works", async ({ site, newReader }) => {
  const story = await storyToRead(site, 1);
  const before = await viewRows(site);
  const shown = await total(site, story.target);
  for (let reader = 0; reader < 3; reader += 1) {
    const page = await newReader();
    expect((await visit(page, story)).path).toBe("redis");
    expect((await visit(page, chapterOf(story, 2))).path).toBe("redis");
    await page.context().close();
  }
  expect(await viewRows(site)).toEqual(before);
  expect(await total(site, story.target)).toBe(shown + 3);
});

test("readCount moves after the sync", async ({ site, newReader }) => {
  const story = await storyToRead(site, 2);
  const chapter = chapterOf(story, 1);
  await runSync(site);
  const before = { story: await stored(site, story.target), chapter: await stored(site, chapter.target) };
  expect((await visit(await newReader(), chapter)).counted).toBe(true);
  expect((await visit(await newReader(), story)).counted).toBe(true);
  expect((await stored(site, story.target)).readCount, "readCount changes only with a sync").toBe(
    before.story.readCount,
  );

  const operator = await newReader();
  await site.signIn(operator.context(), "OPS");
  await operator.goto("/admin");
  const unsynced = operator.locator("dl > div", { hasText: "Waiting to sync" });
  await expect(unsynced).toContainText(/^Waiting to sync3\D/);
  await hydrated(operator);
  await operator.getByRole("button", { name: "Run sync now" }).click();
  await expect(operator.getByText("Sync requested.")).toBeVisible();

  await expect
    .poll(async () => (await stored(site, story.target)).readCount)
    .toBe(before.story.readCount + 2);
  expect((await stored(site, chapter.target)).readCount).toBe(before.chapter.readCount + 1);
  expect((await stored(site, story.target)).hours, "the hourly history agrees").toBe(before.story.hours + 2);
  // The page refreshes its numbers by itself.
  const run = operator.getByRole("table", { name: "The latest syncs" }).getByRole("row").nth(1);
  await expect(run).toContainText("run now by Ola Brandt", { timeout: 15_000 });
  await expect(run).toContainText("Done", { timeout: 15_000 });
  await expect(run.getByRole("cell", { name: "3", exact: true }), "views moved").toBeVisible();
  await expect(run.getByRole("cell", { name: "2", exact: true }), "counters").toBeVisible();
  await expect(unsynced).toContainText(/^Waiting to sync0\D/);
});

/** Warnings about views that were not counted in Redis. */
const warnings = (site: Site) => site.logs.filter((log) => log.msg.startsWith("fallback:"));

test("with Redis stopped, the same visits become rows, counts rise at once, and a warning is logged", async ({
  site,
  newReader,
}) => {
  const story = await storyToRead(site, 0);
  const chapter = chapterOf(story, 1);
  await runSync(site);
  // A burst lasts ten seconds. One from an earlier test must have ended, or no new warning is logged.
  await expect
    .poll(() => Date.now() - Date.parse(String(warnings(site).at(-1)?.time ?? 0)), { timeout: 15_000 })
    .toBeGreaterThan(10_500);
  await site.redis.stop();
  const warned = warnings(site).length;

  const page = await newReader();
  for (const readable of [story, chapter]) {
    const before = await stored(site, readable.target);
    expect(await visit(page, readable)).toEqual({
      counted: true,
      isFirstView: true,
      path: "database",
      viewCount: before.readCount + 1,
    });
    const after = await stored(site, readable.target);
    expect(after).toMatchObject({ readCount: before.readCount + 1, hours: before.hours + 1 });
    expect(after.counted).toBe(before.counted + 1);
    await expect(readsOn(page)).toHaveAttribute("data-reads", String(after.readCount));
  }
  await Promise.all(Array.from({ length: 20 }, () => postView(site.origin, story.path)));
  expect(warnings(site).slice(warned), "one warning per burst, not one per view").toEqual([
    expect.objectContaining({
      source: "web",
      level: 40,
      path: "database",
      views: 1,
      reason: expect.stringMatching(/\S/),
    }),
  ]);
});

test("with Redis started again, counting is back in Redis and no reader is counted twice", async ({
  site,
  newReader,
}) => {
  const chapter = chapterOf(await storyToRead(site, 1), 1);
  const startedAt = new Date();
  const before = await total(site, chapter.target);
  const knownToRedis = await newReader();
  const knownToPostgres = await newReader();
  expect(await visit(knownToRedis, chapter)).toMatchObject({ counted: true, path: "redis" });

  await site.withoutRedis();
  // Postgres knows neither reader yet: both are counted, one of them twice until reconcile runs.
  expect(await visit(knownToRedis, chapter)).toMatchObject({ counted: true, path: "database" });
  expect(await visit(knownToPostgres, chapter)).toMatchObject({ counted: true, path: "database" });

  await site.withRedis();
  expect((await visit(await newReader(), chapter)).path, "back in Redis").toBe("redis");
  // Whether or not reconcile has run, this reader is counted once.
  expect((await visit(knownToPostgres, chapter)).path).toBe("redis");
  await expect
    .poll(() => site.db.chapterView.count({ where: { viewedAt: { gte: startedAt }, reconciledAt: null } }))
    .toBe(0);
  await expect.poll(() => total(site, chapter.target)).toBe(before + 3);
  expect(
    await site.db.chapterView.count({ where: { chapterId: chapter.target.id, retractedAt: { not: null } } }),
    "views that Redis knew before the outage are retracted",
  ).toBeGreaterThanOrEqual(1);

  expect(await visit(knownToPostgres, chapter)).toMatchObject({
    counted: false,
    reason: "duplicate",
    path: "redis",
  });
  expect(await visit(knownToRedis, chapter)).toMatchObject({
    counted: false,
    reason: "duplicate",
    path: "redis",
  });
  await runSync(site);
  const after = await stored(site, chapter.target);
  expect(after.readCount).toBe(before + 3);
  expect(after.hours, "the hourly history agrees").toBe(after.readCount);
});

test("the session works in story pages without JavaScript", async ({ site, newReader }) => {
  const story = await storyToRead(site, 0);
  const reader = { email: "june@tidemark.example", name: "June Okafor" };
  // The reader first reads a chapter with JavaScript.
  const before = await newReader();
  await site.signIn(before.context(), reader.email);
  expect((await visit(before, chapterOf(story, 2))).counted).toBe(true);
  await expect.poll(() => site.db.readingPlace.count({ where: { user: { email: reader.email } } })).toBe(1);

  const page = await newReader({ javaScriptEnabled: false });
  await site.signIn(page.context(), reader.email);
  const html = await (await page.goto(story.path))?.text();
  expect(html).toContain(reader.name);
  await expect(page.getByText(`Welcome back, ${reader.name}. You stopped at chapter 2`)).toBeVisible();
  await page.getByRole("link", { name: "Continue with chapter 2" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(chapterOf(story, 2).title);
  await expect(page.getByRole("banner")).toContainText(reader.name);
  await expect(
    page.locator(".needs-script").first(),
    "controls that need JavaScript are hidden",
  ).toBeHidden();
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();
  await page.goto(story.path);
  await expect(page.getByText("Welcome back")).toHaveCount(0);
});

test("metadata depends on who opens the page", async ({ site, newReader, expected }) => {
  const draft = await site.db.story.findFirstOrThrow({
    where: { status: "DRAFT" },
    include: { author: true, chapters: true },
  });
  const address = `/story/${draft.slug}`;
  const author = await newReader();
  await site.signIn(author.context(), draft.author.email);
  await author.goto(address);
  await expect(author).toHaveTitle(`Draft: ${draft.title} by ${draft.author.name} · Tidemark`);
  await expect(author.locator('meta[name="robots"]')).toHaveAttribute("content", "noindex");
  await expect(author.getByText("Only the author and the editors of this story can see")).toBeVisible();

  expected.push(/Failed to load resource: the server responded with a status of 404/);
  for (const who of [null, "READER", "OPS"]) {
    const other = await newReader();
    if (who) await site.signIn(other.context(), who);
    for (const path of [address, `${address}/chapter/${draft.chapters[0]?.number}`]) {
      const response = await other.goto(path);
      expect(response?.status(), `${who ?? "signed out"} on ${path}`).toBe(404);
      expect(await response?.text()).not.toContain(draft.title);
      await expect(other.locator('meta[name="robots"]')).toHaveAttribute("content", "noindex");
    }
    await other.context().close();
  }

  const story = await storyToRead(site, 0);
  const signedOut = await newReader({ javaScriptEnabled: false });
  for (const [path, title, type] of [
    ["/", "Tidemark: serial fiction", "website"],
    [story.path, `${story.title} by ${story.author.name} · Tidemark`, "book"],
    [
      chapterOf(story, 1).path,
      `${chapterOf(story, 1).title} · ${story.title}, chapter 1 · Tidemark`,
      "article",
    ],
  ] as const) {
    await signedOut.goto(path);
    const content = (key: string) =>
      signedOut.locator(`meta[name="${key}"], meta[property="${key}"]`).getAttribute("content");
    const url = site.origin + path;
    await expect(signedOut).toHaveTitle(title);
    expect((await content("description"))?.length).toBeGreaterThan(40);
    await expect(signedOut.locator('link[rel="canonical"]')).toHaveAttribute("href", url);
    expect(await content("robots")).toBe("index, follow");
    expect(await content("og:title")).toBe(title);
    expect(await content("og:description")).toBe(await content("description"));
    expect(await content("og:type")).toBe(type);
    expect(await content("og:url")).toBe(url);
    expect(await content("og:site_name")).toBe("Tidemark");
  }
});
