import type { Page } from "@playwright/test";
import { OPERATIONS_PAGES } from "../../app/shared/operations-nav";
import { hydrated } from "./hydrated";
import type { Site } from "./site";
import { expect, test } from "./test";

declare global {
  interface Window {
    /** The notifications that the page has shown, by a test's own Notification. */
    notified?: string[];
  }
}

test.beforeEach(({ site, page }) => site.signIn(page.context(), "OPS"));

const setVisibility = (page: Page, state: "hidden" | "visible") =>
  page.evaluate((value) => {
    Object.defineProperty(document, "visibilityState", { value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);

const icon = (page: Page) =>
  page
    .locator('link[rel="icon"][type="image/svg+xml"]')
    .evaluate((link) => decodeURIComponent((link as HTMLLinkElement).href));

/** The rule of the alerts below. The others are off: what other tests do to the site must not fire here. */
const RULE = "buffer-size";

test.beforeAll(async ({ site }) => {
  await site.db.alertRule.updateMany({ where: { kind: { not: RULE } }, data: { enabled: false } });
  await site.db.alert.deleteMany();
});
test.afterAll(({ site }) =>
  site.db.alertRule.updateMany({ where: { kind: { not: RULE } }, data: { enabled: true } }),
);

/** An alert that fires until the returned function ends it. */
async function fire(site: Site, message: string) {
  const at = new Date();
  const times = { pendingAt: at, firedAt: at, breachedAt: at };
  const { id } = await site.db.alert.create({
    data: { rule: RULE, phase: "firing", message, threshold: 5, ...times },
  });
  return async () => {
    await site.db.alert.delete({ where: { id } });
  };
}

test("title and icon follow the state in a hidden tab, on every page of operators", async ({
  site,
  page,
}) => {
  for (const [path, name] of [
    ["/admin", "Tidemark"],
    ["/admin/sync", "Sync · Tidemark"],
  ] as const) {
    await page.goto(path);
    await hydrated(page);
    await expect(page).toHaveTitle(path === "/admin" ? "Operations · Tidemark" : name);
    await expect.poll(() => icon(page)).toContain("<circle");
    await setVisibility(page, "hidden");
    await site.redis.stop();
    await expect(page).toHaveTitle(new RegExp(`^(\\(1\\) )?[◆▲] Database since \\d\\d:\\d\\d · ${name}$`));
    expect(await icon(page)).toMatch(/<path d="M16/);
    await site.withRedis();
    await expect(page).toHaveTitle(path === "/admin" ? "Operations · Tidemark" : name);
    await expect.poll(() => icon(page)).toContain("<circle");
  }
  await page.goto("/");
  await expect(page).not.toHaveTitle(/Database/);
});

test("a firing alert is counted in the title and beside the link to the alerts, and announced once", async ({
  site,
  page,
}) => {
  await page.goto("/admin");
  await hydrated(page);
  const announced = page.locator("[data-announcement]");
  await expect(announced).toBeEmpty();
  const end = await fire(site, "A test: 7 views are above 5.");
  try {
    await expect(page).toHaveTitle("(1) ▲ Operations · Tidemark");
    await expect(page.getByRole("link", { name: "Alerts 1 firing" })).toBeVisible();
    await expect(announced).toHaveText("Needs attention. Counting as usual. 1 alert needs attention.");
    await expect(page.getByRole("heading", { level: 1 })).toContainText("1 alert needs attention.");
    await expect(page.getByRole("list", { name: "Firing alerts" })).toContainText("7 views are above 5.");
    expect(await icon(page)).toContain("M16 2 31 30");
  } finally {
    await end();
  }
  await expect(page).toHaveTitle("Operations · Tidemark");
  await expect(announced).toHaveText("Working normally. Counting as usual.");
});

test("a browser that was told to tells of an alert and of its end, once for all windows", async ({
  site,
  page,
}) => {
  const context = page.context();
  await context.grantPermissions(["notifications"], { origin: site.origin });
  // A headless browser grants the permission and shows nothing, so a stand-in notes what would be shown.
  await context.addInitScript(() => {
    window.notified = [];
    class Noted {
      static permission = "granted";
      static requestPermission = async () => "granted";
      constructor(title: string, { body }: NotificationOptions) {
        window.notified?.push(`${title}: ${body}`);
      }
    }
    Object.defineProperty(window, "Notification", { value: Noted });
  });
  await page.goto("/admin/alerts");
  await hydrated(page);
  const box = page.getByRole("checkbox", { name: /^Desktop notifications/ });
  await expect(box).not.toBeChecked();
  await box.check();
  await expect(box).toBeChecked();
  const notified = (one: Page) => one.evaluate(() => window.notified ?? []);
  await expect.poll(() => notified(page)).toEqual([expect.stringContaining("Notifications are on")]);

  const other = await context.newPage();
  await other.goto("/admin/audit");
  await hydrated(other);
  for (const each of [page, other]) await setVisibility(each, "hidden");
  // Either window may be the one that tells.
  const all = async () =>
    [...(await notified(page)).slice(1), ...(await notified(other))].toSorted((a, b) => a.localeCompare(b));
  const end = await fire(site, "A test: 7 views are above 5.");
  try {
    await expect
      .poll(all, { timeout: 20_000 })
      .toEqual(["An alert is firing · Tidemark: A test: 7 views are above 5."]);
  } finally {
    await end();
  }
  await expect
    .poll(all, { timeout: 20_000 })
    .toEqual([
      "An alert is firing · Tidemark: A test: 7 views are above 5.",
      "Back to normal · Tidemark: Nothing needs attention any more.",
    ]);
  await setVisibility(page, "visible");
  await box.uncheck();
  await page.reload();
  await expect(box).not.toBeChecked();
});

test("a site that does not answer is not called well in a hidden tab", async ({ site, page, expected }) => {
  expected.push(/net::ERR_/);
  const web = await site.startWeb();
  await site.signIn(page.context(), "OPS");
  await page.clock.install();
  await page.goto(`${web.origin}/admin/audit`);
  await hydrated(page);
  await expect(page).toHaveTitle("Audit · Tidemark");
  await setVisibility(page, "hidden");
  await web.stop();
  await page.clock.runFor(70_000);
  await expect(page).toHaveTitle("? No answer · Audit · Tidemark");
  expect(await icon(page)).toContain('fill="none"');
});

test("on a phone, a menu says which page it is and what waits, opens and closes by key, and has every page", async ({
  site,
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const end = await fire(site, "50,000 views are waiting to sync.");
  try {
    await page.goto("/admin/sync");
    await hydrated(page);
    const nav = page.getByRole("navigation", { name: "Operations" });
    const menu = nav.getByRole("button");
    await expect(menu).toHaveAccessibleName(/^Menu. This page: Sync 1 firing/);
    await expect(menu).toHaveAttribute("aria-expanded", "false");
    await expect(nav.getByRole("link")).toHaveCount(0);

    await menu.focus();
    await page.keyboard.press("Enter");
    await expect(nav.getByRole("link")).toHaveCount(OPERATIONS_PAGES.length);
    await expect(nav.getByRole("list", { name: "On call" }).getByRole("link")).toHaveText([
      "Overview",
      "Alerts1 firing",
      /^Inbox/,
      "Runbook",
    ]);
    await expect(nav.getByRole("link", { name: "Sync" })).toHaveAttribute("aria-current", "page");
    await page.keyboard.press("Tab");
    await expect(nav.getByRole("link", { name: "Overview" })).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(nav.getByRole("link")).toHaveCount(0);
    await expect(menu).toBeFocused();

    await menu.click();
    await nav.getByRole("link", { name: "Runbook" }).click();
    await expect(menu).toHaveAccessibleName(/^Menu. This page: Runbook 1 firing/);
    await expect(nav.getByRole("link")).toHaveCount(0);
  } finally {
    await end();
  }
});

test("without scripts the phone's menu is open", async ({ site, browser }) => {
  const context = await browser.newContext({
    baseURL: site.origin,
    javaScriptEnabled: false,
    viewport: { width: 390, height: 844 },
  });
  await site.signIn(context, "OPS");
  const page = await context.newPage();
  await page.goto("/admin/sync");
  const nav = page.getByRole("navigation", { name: "Operations" });
  await expect(nav.getByRole("button")).toHaveCount(0);
  await nav.getByRole("link", { name: "Runbook" }).click();
  await expect(page).toHaveURL("/admin/runbook");
  await context.close();
});

test("on a wide screen the navigation is one row, in groups", async ({ page }) => {
  for (const width of [1440, 1024]) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto("/admin/sync");
    const links = page.getByRole("navigation", { name: "Operations" }).getByRole("link");
    await expect(links).toHaveCount(OPERATIONS_PAGES.length);
    const tops = await links.evaluateAll((all) => all.map((link) => link.getBoundingClientRect().top));
    expect(new Set(tops).size, `${width} px`).toBe(1);
  }
});
