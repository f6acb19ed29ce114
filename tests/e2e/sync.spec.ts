import type { Page } from "@playwright/test";
import type { Site } from "./site";
import { expect, test } from "./test";
import { heldInRedis, postView, runSync, stored, storyToRead } from "./views";

const open = (page: Page, name: string) => page.locator("summary").filter({ hasText: name }).click();
const control = (page: Page, name: string) =>
  page.locator("details").filter({ has: page.locator("summary").filter({ hasText: name }) });
/** What a person did last: the worker may have mended the schedule meanwhile. */
const lastEvent = (site: Site) =>
  site.db.auditEvent.findFirstOrThrow({ where: { actorId: { not: null } }, orderBy: { id: "desc" } });
const modeChanges = (site: Site, reason: string) => site.db.modeChange.count({ where: { reason } });

async function submit(page: Page, name: string, reason: string, button: string) {
  const part = control(page, name);
  if ((await part.getAttribute("open")) === null) await open(page, name);
  await part.getByLabel(/^Reason .*kept in the audit log/).fill(reason);
  await part.getByRole("button", { name: button, exact: true }).click();
}

test.describe("the sync page", () => {
  test.beforeEach(async ({ site, page }) => {
    await site.db.setting.deleteMany();
    await runSync(site);
    await site.signIn(page.context(), "OPS");
  });

  test("a dry run shows the views waiting to sync and moves none; a run moves them", async ({
    site,
    page,
  }) => {
    const story = await storyToRead(site, 1);
    const before = (await stored(site, story.target)).readCount;
    await postView(site.origin, story.path);
    await page.goto("/admin/sync");
    await page.getByRole("link", { name: "Dry run" }).click();
    await expect(page.getByText(/A sync would move 1 view of 1 story or chapter/)).toBeVisible();
    await expect(page.getByRole("table", { name: "Largest moves" })).toContainText(story.title);
    expect((await stored(site, story.target)).readCount).toBe(before);

    const runs = await site.db.syncRun.count();
    await submit(page, "Run now", "an editor waits", "Run sync now");
    await expect(page.getByText("Sync requested.")).toBeVisible();
    await expect.poll(() => site.db.syncRun.count()).toBe(runs + 1);
    await expect.poll(async () => (await stored(site, story.target)).readCount).toBe(before + 1);
    expect((await heldInRedis(site, story.target)).unsynced).toBe(0);
    expect(await lastEvent(site)).toMatchObject({ action: "sync.run", reason: "an editor waits" });

    // Each run can be opened to show its shards.
    const run = await site.db.syncRun.findFirstOrThrow({ orderBy: { id: "desc" } });
    await page
      .getByRole("table", { name: "Runs of the sync" })
      .getByRole("link", { name: String(run.id) })
      .click();
    await expect(page.getByRole("table", { name: `Shards of run ${run.id}` }).getByRole("row")).toHaveCount(
      5,
    );
  });

  test("a pause needs a reason, shows a forecast and holds up the sync; resuming runs one", async ({
    site,
    page,
  }) => {
    await page.goto("/admin/sync");
    await open(page, "Pause");
    const pause = control(page, "Pause");
    await expect(pause.getByText(/views? (more )?will be waiting to sync at/)).toBeVisible();
    await expect(pause.getByText(/Redis (reaches|does not|is not)/)).toBeVisible();
    await expect(pause.getByText(/Editors' charts will be up to 2 hours out of date/)).toBeVisible();
    await pause.getByLabel("Resume by itself in").selectOption("4 h");
    await expect(pause.getByText(/Editors' charts will be up to 4 hours out of date/)).toBeVisible();
    await submit(page, "Pause", "moving Postgres", "Pause the sync");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(/^The sync is paused until .* UTC/);
    await expect(page.getByText("Reason: moving Postgres")).toBeVisible();
    const { value } = await site.db.setting.findUniqueOrThrow({ where: { key: "sync" } });
    const until = Date.parse((value as { pausedUntil: string }).pausedUntil);
    expect(Math.abs(until - Date.now() - 4 * 3_600_000)).toBeLessThan(60_000);
    expect(await lastEvent(site)).toMatchObject({ action: "sync.pause", reason: "moving Postgres" });

    const runs = await site.db.syncRun.count();
    await submit(page, "Run now", "just this one", "Run sync now");
    await expect(page.getByText(/The sync is paused until .* \(moving Postgres\)/)).toBeVisible();
    expect(await site.db.syncRun.count()).toBe(runs);
    await control(page, "Run now").getByLabel("Run even though the sync is paused").check();
    await submit(page, "Run now", "just this one", "Run sync now");
    await expect.poll(() => site.db.syncRun.count()).toBe(runs + 1);

    await submit(page, "Resume", "all is well", "Resume now");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("The sync runs every 12 hours");
    await expect
      .poll(() => site.db.syncRun.count({ where: { trigger: "the end of a pause" } }), { timeout: 10_000 })
      .toBeGreaterThan(0);
  });

  test("the interval and the switch reach every process within five seconds", async ({ site, page }) => {
    // Two switches, each followed by both processes, and a drain that starts five seconds after the first.
    test.setTimeout(60_000);
    await page.goto("/admin/sync");
    await open(page, "Interval");
    await control(page, "Interval").getByLabel("Time between two syncs").fill("6");
    await submit(page, "Interval", "a busy week", "Change the interval");
    await expect(page.getByText("The sync now runs every 6 hours, instead of every 12 hours.")).toBeVisible();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("The sync runs every 6 hours");

    const story = await storyToRead(site, 2);
    await postView(site.origin, story.path);
    const before = (await stored(site, story.target)).readCount;
    await submit(page, "Count in", "Redis gets a new disk", "Count in the database");
    await expect(page.getByText(/A sync then moves the views waiting in Redis/)).toBeVisible();
    const reason = "an operator chose the database: Redis gets a new disk";
    await expect.poll(() => modeChanges(site, reason), { timeout: 15_000 }).toBe(2);
    const table = page.getByRole("table", { name: "Settings by process" });
    await expect(table.getByRole("row", { name: /Database, every 6 hours yes/ })).toHaveCount(2);
    // Drained: the unsynced views have moved, and new views are rows.
    await expect
      .poll(async () => (await stored(site, story.target)).readCount, { timeout: 15_000 })
      .toBe(before + 1);
    expect(await postView(site.origin, story.path)).toMatchObject({ path: "database", counted: true });

    await submit(page, "Count in", "the disk is in", "Count in Redis");
    await expect
      .poll(() => modeChanges(site, "an operator chose Redis: the disk is in"), { timeout: 15_000 })
      .toBe(2);
    expect(await postView(site.origin, story.path)).toMatchObject({ path: "redis", counted: true });
    expect(await lastEvent(site)).toMatchObject({ action: "tracker.switch", reason: "the disk is in" });
  });

  test("a failed run can be retried", async ({ site, page }) => {
    const failed = await site.db.syncRun.create({
      data: { trigger: "schedule", endedAt: new Date(), error: "shard 2: no answer", shards: [] },
    });
    await page.goto("/admin/sync");
    await page.getByRole("link", { name: "Retry" }).first().click();
    await submit(page, `Retry run ${failed.id}`, "the cause is gone", "Retry");
    await expect
      .poll(() =>
        site.db.syncRun.count({ where: { trigger: { startsWith: `retry of run ${failed.id} by` } } }),
      )
      .toBe(1);
    expect(await lastEvent(site)).toMatchObject({ action: "sync.retry", target: `run ${failed.id}` });
    await site.db.syncRun.delete({ where: { id: failed.id } });
  });

  test("a story is repaired from its history, after the difference is shown", async ({ site, page }) => {
    const story = await storyToRead(site, 3);
    const right = (await stored(site, story.target)).readCount;
    await site.db.story.update({ where: { id: story.target.id }, data: { readCount: right + 7 } });
    await page.goto("/admin/sync");
    await open(page, "Repair a story");
    await control(page, "Repair a story")
      .getByLabel(/A story’s title/)
      .fill(`${site.origin}${story.path}`);
    await page.getByRole("button", { name: "Show the difference" }).click();
    const table = page.getByRole("table", { name: `Totals of ${story.title} that differ` });
    await expect(table).toContainText("−7");
    expect((await stored(site, story.target)).readCount).toBe(right + 7);
    await submit(page, "Repair a story", "edited by hand", "Correct 1 total");
    await expect(page.getByText(/1 total corrected from the history/)).toBeVisible();
    expect((await stored(site, story.target)).readCount).toBe(right);
    expect(await lastEvent(site)).toMatchObject({ action: "story.repair", target: `story ${story.slug}` });
  });

  test("views of a story are voided after a dry run, its editor learns of it, and they are put back", async ({
    site,
    page,
    newReader,
  }) => {
    const story = await storyToRead(site, 3);
    const right = (await stored(site, story.target)).readCount;
    const hour = new Date(Math.floor(Date.now() / 3_600_000 - 30) * 3_600_000);
    const { _sum } = await site.db.viewHour.aggregate({
      where: { kind: "story", targetId: story.target.id, hour },
      _sum: { views: true },
    });
    const made = 500 + Number(_sum.views ?? 0);
    await site.db.viewHour.create({
      data: { kind: "story", targetId: story.target.id, hour, source: "test", views: 500 },
    });
    await site.db.story.update({ where: { id: story.target.id }, data: { readCount: right + 500 } });

    await page.goto("/admin/sync");
    const name = "Void views of a story";
    await open(page, name);
    const form = control(page, name);
    await form.getByLabel(/A story’s title/).fill(story.path);
    await form.getByLabel("From (UTC)").fill(hour.toISOString().slice(0, 16));
    await form.getByLabel("To (UTC)").fill(new Date(hour.getTime() + 3_600_000).toISOString().slice(0, 16));
    await page.getByRole("button", { name: "Show the views" }).click();
    const row = page
      .getByRole("table", { name: `Views of ${story.title} that would be voided` })
      .getByRole("row", { name: story.title });
    await expect(row).toContainText(`−${made}`);
    expect((await stored(site, story.target)).readCount).toBe(right + 500);
    await form
      .getByLabel(/Reason/)
      .first()
      .fill("made up by one person");
    await form.getByRole("button", { name: /^Void \d+ views$/ }).click();
    await expect(page.getByText(new RegExp(`Voided ${made} views of`))).toBeVisible();
    expect((await stored(site, story.target)).readCount).toBe(right + 500 - made);
    expect(await lastEvent(site)).toMatchObject({ action: "story.void", target: `story ${story.slug}` });

    const author = await site.db.story.findUniqueOrThrow({
      where: { slug: story.slug },
      include: { author: true },
    });
    const editor = await newReader();
    await site.signIn(editor.context(), author.author.email);
    await editor.goto(`/editor/stories/${story.slug}`);
    await expect(
      editor.getByText(new RegExp(`An operator left out ${made} views of this story`)),
    ).toBeVisible();

    const again = page.getByRole("listitem").filter({ hasText: story.title });
    await again.getByLabel(/Reason/).fill("they were real");
    await again.getByRole("button", { name: `Put the views of ${story.title} back` }).click();
    await expect(page.getByText(new RegExp(`Put ${made} views of`))).toBeVisible();
    expect((await stored(site, story.target)).readCount).toBe(right + 500);
    await site.db.viewHour.deleteMany({ where: { targetId: story.target.id, source: "test" } });
    await site.db.story.update({ where: { id: story.target.id }, data: { readCount: right } });
  });

  test("with Redis down, the page says so, and settings can still be changed", async ({ site, page }) => {
    await site.withoutRedis();
    await page.goto("/admin/sync?dry=1");
    await expect(page.getByText("Redis is unreachable, so no views can be moved.")).toBeVisible();
    await expect(
      page.getByText("Redis is unreachable, so the number of views waiting to sync is unknown."),
    ).toBeVisible();
    await submit(page, "Run now", "to see", "Run sync now");
    await expect(page.getByText(/Redis is unreachable, so no sync can be requested/)).toBeVisible();
    await submit(page, "Pause", "until Redis is well", "Pause the sync");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(/^The sync is paused until/);
    await site.db.setting.deleteMany();
  });
});
