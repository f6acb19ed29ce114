import type { Page } from "@playwright/test";
import type { Site } from "./site";
import { expect, test } from "./test";

const FAILURE = "This part of the page could not be shown.";
/** React's words, on the server and in the browser, for the planted row. */
const EXPECTED = [
  /Objects are not valid as a React child/,
  /could not be rendered/,
  /react-error|Minified React error|could not finish this Suspense/i,
];

/** A run of the sync with an error that is no text, as no version of ours would write it. */
async function plantRun(site: Site) {
  const shard = { shard: 0, targets: 1, views: 1, orphans: 0, behind: 0, error: { not: "text" } };
  const now = new Date();
  return site.db.syncRun.create({
    data: { trigger: "manual", startedAt: now, endedAt: now, shards: [shard] },
  });
}

async function expectOnePanelLess(page: Page, id: number) {
  await expect(page.getByRole("heading", { level: 1 })).toContainText("The sync runs every");
  await expect(page.getByRole("heading", { name: `Run ${id}, shard by shard` })).toBeVisible();
  await expect(page.getByText(FAILURE)).toHaveCount(1);
  await expect(page.getByRole("table", { name: "Runs of the sync" })).toBeVisible();
  await expect(page.locator("summary").filter({ hasText: "Run now" })).toBeVisible();
}

test.describe("a row that cannot be shown", () => {
  test.afterEach(async ({ site }) => {
    await site.db.syncRun.deleteMany({ where: { trigger: "manual" } });
  });

  for (const javaScriptEnabled of [true, false])
    test(`costs a panel and not the page, loaded ${javaScriptEnabled ? "with" : "without"} scripts`, async ({
      site,
      newReader,
      expected,
    }) => {
      expected.push(...EXPECTED);
      const run = await plantRun(site);
      const page = await newReader({ javaScriptEnabled });
      await site.signIn(page.context(), "OPS");
      const response = await page.goto(`/admin/sync?run=${run.id}`);
      expect(response?.status()).toBe(200);
      await expectOnePanelLess(page, run.id);
      if (!javaScriptEnabled) return;
      // The rest works, and a refresh tries the panel again.
      await page.locator("summary").filter({ hasText: "Run now" }).click();
      await expect(page.getByRole("button", { name: "Run sync now" })).toBeVisible();
      await site.db.syncRun.update({ where: { id: run.id }, data: { shards: [] } });
      await expect(page.getByText("No shard has reported yet.")).toBeVisible({ timeout: 15_000 });
      await expect(page.getByText(FAILURE)).toHaveCount(0);
    });

  test("costs a panel and not the page when one comes to it from another page", async ({
    site,
    page,
    expected,
  }) => {
    expected.push(...EXPECTED);
    const run = await plantRun(site);
    await site.signIn(page.context(), "OPS");
    await page.goto("/admin/sync");
    await expect(page.getByText(FAILURE)).toHaveCount(0);
    await page.locator(`a[href*="run=${run.id}"]`).first().click();
    await expectOnePanelLess(page, run.id);
  });

  test("leaves a reader's page alone that has none: it is not rendered twice", async ({ site, page }) => {
    for (const path of ["/", "/login"]) {
      await page.goto(path);
      await expect(page.locator("html[data-guarded]")).toHaveCount(0);
    }
    expect(site.logs.filter((log) => /could not be rendered/.test(log.msg) && log.path === "/")).toEqual([]);
  });
});
