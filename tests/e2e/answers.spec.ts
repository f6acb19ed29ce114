import type { Page } from "@playwright/test";
import type { Site } from "./site";
import { expect, test } from "./test";

const open = (page: Page, name: string) => page.locator("summary").filter({ hasText: name }).click();
const control = (page: Page, name: string) =>
  page.locator("details").filter({ has: page.locator("summary").filter({ hasText: name }) });

/** Waits until the open page has asked for its numbers, and got them, this many times. */
async function refreshes(page: Page, times: number) {
  for (let turn = 0; turn < times; turn += 1)
    await page.waitForResponse(
      (response) =>
        response.request().method() === "GET" && response.url().includes("_data=") && response.ok(),
      { timeout: 20_000 },
    );
}

const setting = async (site: Site) =>
  (await site.db.setting.findUnique({ where: { key: "sync" } }))?.value as
    | { intervalHours: number }
    | undefined;

test.beforeEach(async ({ site, page }) => {
  await site.db.setting.deleteMany();
  await site.signIn(page.context(), "OPS");
});
test.afterEach(({ site }) => site.db.setting.deleteMany());

test("an answer on the sync page stays until it is dismissed, and so do an error, its input and the open form", async ({
  site,
  page,
}) => {
  test.setTimeout(120_000);
  await page.goto("/admin/sync");
  await open(page, "Interval");
  const interval = control(page, "Interval");
  await interval.getByLabel("Time between two syncs").fill("6000");
  await interval.getByLabel(/^Reason/).fill("a busy week");
  await interval.getByRole("button", { name: "Change the interval" }).click();

  // An error looks like one, sits beside its field, which has the focus, and nothing that was typed is lost.
  const field = interval.getByLabel("Time between two syncs");
  await expect(interval.getByRole("alert")).toContainText("No change: a field needs correcting.");
  await expect(field).toHaveAccessibleDescription(
    "Enter a number. The interval may be from 1 minute to 7 days.",
  );
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toBeFocused();
  await open(page, "Pause");
  await control(page, "Pause")
    .getByLabel(/^Reason/)
    .fill("half of a rea");
  await refreshes(page, 3);
  await expect(interval.getByRole("alert")).toBeVisible();
  await expect(field).toHaveValue("6000");
  await expect(interval.getByLabel(/^Reason/)).toHaveValue("a busy week");
  await expect(control(page, "Pause").getByLabel(/^Reason/)).toHaveValue("half of a rea");
  expect(await setting(site)).toBeUndefined();

  await field.fill("6");
  await interval.getByRole("button", { name: "Change the interval" }).click();
  const answer = interval.getByRole("status");
  await expect(answer).toContainText("The sync now runs every 6 hours, instead of every 12 hours.");
  await expect(interval.getByRole("alert")).toHaveCount(0);
  await expect(answer.locator("..")).toBeFocused();
  expect(await setting(site)).toMatchObject({ intervalHours: 6 });
  await refreshes(page, 3);
  await expect(answer).toBeVisible();
  await interval.getByRole("button", { name: "Dismiss this answer" }).click();
  await expect(answer).toHaveCount(0);
  await expect(field, "the form stays open").toBeVisible();
  await refreshes(page, 1);
  await expect(answer).toHaveCount(0);
});

test.describe("while the site does not answer", () => {
  test.use({ expected: [/ERR_FAILED|Failed to fetch/] });

  test("an answer outlives an interruption, and goes with the page", async ({ page }) => {
    test.setTimeout(90_000);
    await page.goto("/admin/sync");
    await open(page, "Run now");
    await control(page, "Run now").getByRole("button", { name: "Run sync now" }).click();
    const answer = control(page, "Run now").getByRole("status");
    await expect(answer).toContainText("Sync requested.");
    const before = page.waitForEvent("requestfailed");
    await page.route("**/*_data=*", (route) => route.abort());
    await before;
    await page.unroute("**/*_data=*");
    await refreshes(page, 1);
    await expect(answer).toBeVisible();

    const nav = page.getByRole("navigation", { name: "Operations" });
    await nav.getByRole("link", { name: "Drill" }).click();
    await expect(page).toHaveURL(/drill/);
    await nav.getByRole("link", { name: "Sync" }).click();
    await open(page, "Run now");
    await expect(control(page, "Run now").getByRole("button", { name: "Run sync now" })).toBeVisible();
    await expect(answer).toHaveCount(0);
  });
});

test("answers on the alerts page and the drill page stay as well", async ({ site, page }) => {
  test.setTimeout(120_000);
  await page.goto("/admin/alerts");
  await open(page, "Add a channel");
  const add = control(page, "Add a channel");
  await add.getByLabel("Type").selectOption("webhook");
  await add.getByLabel("Name").fill("on call");
  await add.getByLabel("Address", { exact: true }).fill("ftp://example.org/hook");
  await add.getByLabel(/^Secret/).fill("0123456789abcdef");
  await add.getByRole("button", { name: "Add", exact: true }).click();
  const refused = add.getByRole("alert").filter({ hasText: "No change: a field needs correcting." });
  await expect(refused).toBeVisible();
  await refreshes(page, 3);
  await expect(refused).toBeVisible();
  await expect(add.getByLabel("Name")).toHaveValue("on call");
  await expect(add.getByLabel("Address", { exact: true })).toHaveValue("ftp://example.org/hook");
  expect(await site.db.alertChannel.count({ where: { name: "on call" } })).toBe(0);

  await page.goto("/admin/drill");
  await page.getByLabel("Length in seconds").fill("2");
  await page.getByRole("button", { name: "Start the drill" }).click();
  await expect(page.getByRole("main").getByRole("alert")).toContainText(
    "No change: a field needs correcting.",
  );
  await refreshes(page, 6);
  await expect(page.getByRole("main").getByRole("alert")).toBeVisible();
  await expect(page.getByLabel("Length in seconds")).toHaveValue("2");
  expect(await site.db.drill.count({ where: { endsAt: { gt: new Date() } } })).toBe(0);
});

test.describe("the log-in", () => {
  test.use({ expected: [/status of 400/] });

  test("a refused log-in keeps the address, and says beside the field what is wrong", async ({
    newReader,
  }) => {
    const page = await newReader();
    await page.goto("/login");
    await page.getByLabel("E-mail address").fill("someone@example.org");
    await page.getByRole("button", { name: "Log in" }).click();
    const password = page.getByLabel("Password");
    await expect(password).toHaveAccessibleDescription("Enter your password.");
    await expect(password).toBeFocused();
    await expect(page.getByLabel("E-mail address")).toHaveValue("someone@example.org");
  });
});
