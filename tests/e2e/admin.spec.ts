import type { Page } from "@playwright/test";
import { hydrated } from "./hydrated";
import { expect, test } from "./test";
import { postView, runSync, storyToRead } from "./views";

/** A figure of the strip under the status, with its note. */
const figure = (page: Page, name: string) =>
  page.locator("dl > div").filter({ has: page.getByRole("term").filter({ hasText: name }) });

test("the overview shows the mode, the figures, the views waiting to sync and the last sync", async ({
  site,
  page,
}) => {
  await runSync(site);
  const { path } = await storyToRead(site, 3);
  await postView(site.origin, path);
  await postView(site.origin, path);
  await site.signIn(page.context(), "OPS");
  await page.goto("/admin");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    /^Counting in Redis\. 2 views wait for the next sync(, .*\d\d:\d\d\sUTC)?\.$/,
  );
  const status = page.getByRole("region", { name: "Status" });
  await expect(status).toHaveAttribute("data-tone", "calm");
  await expect(status).toContainText(/Mode\s*Redis\s*since .*\d\d:\d\d\sUTC/);
  await expect(status).toContainText(/Ledger\s*adds up/);
  await expect(figure(page, "Waiting to sync")).toContainText(/2\s*next sync: in 12 hours/);
  await expect(figure(page, "Counted in Redis")).toContainText(/100%|No views/);
  await expect(figure(page, "Open alerts")).toContainText("none firing");
  for (const name of ["Views per second", "Views today (UTC)", "Latency, p99"])
    await expect(figure(page, name)).toContainText(/\d|Unknown|No views/);
  await expect(page.getByRole("table", { name: "The latest syncs" })).toContainText("Done");
});

test("with Redis down, the overview renders within two seconds and says so", async ({ site, page }) => {
  await site.signIn(page.context(), "OPS");
  const { path, title } = await storyToRead(site, 3);
  const heading = page.getByRole("heading", { level: 1 });
  await site.withoutRedis();
  await postView(site.origin, path);

  // A page that waits for Redis is slow every time; a busy machine is not.
  const took: number[] = [];
  for (let loads = 0; loads < 3; loads += 1) {
    const startedAt = Date.now();
    await page.goto("/admin", { waitUntil: "commit" });
    await expect(heading).toHaveText(/^Counting in the database since .*, because .*\.$/);
    took.push(Date.now() - startedAt);
  }
  expect(Math.min(...took)).toBeLessThan(2000);
  await expect(page.getByText("Nothing is lost")).toBeVisible();
  await expect(page.getByRole("region", { name: "Status" })).toContainText(/Mode\s*Database\s*since/);
  await expect(figure(page, "Waiting to sync")).toContainText("Redis is unreachable");

  await hydrated(page);
  const incident = page.getByRole("table", { name: "Incidents" }).getByRole("row").nth(1);
  await expect(incident).toContainText("ongoing");
  await expect(incident).toContainText("Redis was unreachable");
  await page.getByText("Latest views counted in the database").click();
  const latest = page.getByRole("table", { name: "Latest views counted in the database" });
  await expect(latest.getByRole("link", { name: title }).first()).toHaveAttribute(
    "href",
    path.replace("/story/", "/admin/stories/"),
  );
  await page.getByRole("button", { name: "Run sync now" }).click();
  await expect(page.getByText("try again when it is back")).toBeVisible();

  await page.goto("/admin/queues");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "Redis is unreachable, and the queue is in it",
  );
  const board = await page.request.get("/admin/queues/board/api/queues", { timeout: 2500 });
  expect(board.status()).toBe(503);
});

test("the queue board asks why, makes the change, and says no where it makes none", async ({
  site,
  page,
  expected,
}) => {
  expected.push(/status of (405|422)/);
  await site.signIn(page.context(), "OPS");
  await page.goto("/admin/queues/board/queue/tidemark-sync?status=completed");
  await expect(page.getByText("tidemark-sync").first()).toBeVisible();
  const put = (path: string) =>
    page.evaluate(
      (to) =>
        new Promise<number>((resolve) => {
          const request = new XMLHttpRequest();
          request.open("PUT", to);
          request.onloadend = () => resolve(request.status);
          request.send();
        }),
      `/admin/queues/board/api/queues/tidemark-sync/${path}`,
    );
  page.once("dialog", (dialog) => dialog.accept("the table is too long – done with these"));
  expect(await put("clean/completed")).toBe(200);
  await expect
    .poll(() => site.db.auditEvent.findFirst({ where: { action: "queues.clean" }, orderBy: { id: "desc" } }))
    .toMatchObject({ reason: "the table is too long – done with these", after: { outcome: "done" } });
  page.once("dialog", (dialog) => dialog.dismiss());
  expect(await put("clean/failed"), "without a reason").toBe(422);
  page.once("dialog", (dialog) => dialog.accept("to see whether it stops"));
  expect(await put("pause")).toBe(405);
});
