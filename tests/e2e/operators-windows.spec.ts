import type { BrowserContext, Page } from "@playwright/test";
import { hydrated } from "./hydrated";
import { expect, test } from "./test";

test.beforeEach(({ site, page }) => site.signIn(page.context(), "OPS"));

const following = (page: Page) => page.locator("[data-following]");
const asOf = async (page: Page) =>
  Date.parse((await following(page).locator("time").getAttribute("datetime")) ?? "");
const headline = (page: Page) => page.locator("main h1").first();
const stale = (page: Page) => page.locator("main[data-stale]");

/** The streams that a browser has open, as the selections that each one follows. */
function openStreams(context: BrowserContext) {
  const open = new Map<unknown, { page: Page; ranges: string[] }>();
  context.on("request", (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname !== "/admin/live") return;
    const others = searchParams.getAll("also").map((each) => new URLSearchParams(each));
    const ranges = [searchParams, ...others].map((each) => each.get("range") ?? "1h");
    open.set(request, { page: request.frame().page(), ranges });
  });
  context.on("requestfinished", (request) => void open.delete(request));
  context.on("requestfailed", (request) => void open.delete(request));
  // The requests of a closed window end without an event.
  return () => [...open.values()].flatMap(({ page, ranges }) => (page.isClosed() ? [] : [ranges.toSorted()]));
}

/** Waits until a page has numbers that were read later than now. */
async function getsNews(page: Page) {
  const before = await asOf(page);
  await expect.poll(() => asOf(page), { timeout: 15_000 }).toBeGreaterThan(before);
}

test("the windows of a browser share one connection, and another takes it over when its window goes", async ({
  page,
}) => {
  test.setTimeout(90_000);
  const context = page.context();
  const streams = openStreams(context);
  const loads: string[] = [];
  await page.goto("/admin?range=1h");
  await expect(following(page)).toHaveAttribute("data-following", "live");
  const second = await context.newPage();
  await second.goto("/admin?range=24h");
  const third = await context.newPage();
  await third.goto("/admin?range=1h");
  context.on("request", (request) => {
    if (request.url().includes("_data=")) loads.push(request.url());
  });
  for (const each of [second, third]) await expect(following(each)).toHaveAttribute("data-following", "live");
  // The state of the site is followed by every window, and asked for once.
  await expect.poll(streams).toEqual([["1h", "24h", "state"]]);
  await Promise.all([page, second, third].map(getsNews));

  await page.close();
  await expect.poll(streams).toEqual([["1h", "24h", "state"]]);
  await Promise.all([second, third].map(getsNews));
  await second.close();
  await expect.poll(streams).toEqual([["1h", "state"]]);
  await getsNews(third);
  expect(loads, "and no window polls meanwhile").toEqual([]);
});

test("without locks, each window has a connection of its own", async ({ page }) => {
  const context = page.context();
  await context.addInitScript(() => {
    delete (Navigator.prototype as { locks?: unknown }).locks;
  });
  const streams = openStreams(context);
  const second = await context.newPage();
  await Promise.all([page.goto("/admin"), second.goto("/admin?range=24h")]);
  for (const each of [page, second]) await expect(following(each)).toHaveAttribute("data-following", "live");
  expect(streams()).toHaveLength(2);
});

for (const path of ["/admin", "/admin/sync", "/admin/alerts", "/admin/inbox", "/admin/drill"])
  test(`${path} keeps its numbers while the site restarts, says how old they are, and catches up by itself`, async ({
    site,
    page,
    expected,
  }) => {
    test.setTimeout(90_000);
    // A site that stops takes no more streams.
    expected.push(/net::ERR_/, /status of 503 .*\/admin\/live/);
    const web = await site.startWeb();
    const { port } = new URL(web.origin);
    await page.goto(web.origin + path);
    await hydrated(page);
    if (path === "/admin") await expect(following(page)).toHaveAttribute("data-following", "live");
    await page.evaluate(() => {
      window.sameDocument = true;
    });
    await web.stop();
    await expect(stale(page)).toContainText("The site cannot be reached.", { timeout: 20_000 });
    // The last numbers may have come while the site was stopping.
    const last = (await headline(page).textContent()) ?? "";
    expect(last).toMatch(/\w/);
    await expect(stale(page)).toContainText(/These numbers are from .*, [1-9]\d* seconds? ago\./);
    await expect(headline(page)).toHaveText(last);
    const again = await site.startWeb({ PORT: port });
    await expect(stale(page)).toHaveCount(0, { timeout: 20_000 });
    if (path === "/admin") {
      await expect(following(page)).toHaveAttribute("data-following", "live", { timeout: 35_000 });
      await getsNews(page);
    }
    expect(await page.evaluate(() => window.sameDocument), "it was not loaded anew").toBe(true);
    await again.stop();
  });

test("without a network the numbers stay, and they are new again as soon as it is back", async ({
  page,
  expected,
}) => {
  // Remix asks which routes the page's links lead to, and says when it gets no answer.
  expected.push(/net::ERR_/, /Failed to fetch manifest patches/);
  await page.goto("/admin/sync");
  await hydrated(page);
  await page.context().setOffline(true);
  await expect(stale(page)).toContainText("The site cannot be reached.", { timeout: 15_000 });
  await expect(headline(page)).toBeVisible();
  await page.context().setOffline(false);
  await expect(stale(page)).toHaveCount(0);
});

test("a form without an answer keeps its input, and says that it may or may not have been carried out", async ({
  page,
  expected,
}) => {
  expected.push(/net::ERR_/);
  await page.goto("/admin/sync");
  await hydrated(page);
  await page.route("**/*", (route) =>
    route.request().method() === "POST" ? route.abort("connectionreset") : route.continue(),
  );
  const pause = page.locator("details").filter({ has: page.locator("summary").filter({ hasText: "Pause" }) });
  await pause.locator("summary").click();
  const reason = pause.getByLabel("Reason (kept in the audit log)");
  await reason.fill("a new cable");
  await reason.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "The site did not answer" })).toBeVisible();
  await expect(reason).toHaveValue("a new cable");
});

test("a computer that slept shows at once that its numbers are old, and gets new ones", async ({
  site,
  page,
}) => {
  const { origin, pid, stop } = await site.startWeb();
  await site.signIn(page.context(), "OPS");
  await page.clock.install();
  await page.goto(`${origin}/admin`);
  await expect(following(page)).toHaveAttribute("data-following", "live");
  // A stream that sleep has left dead looks open. The site that stands still keeps it so, until the page has said what it knows.
  process.kill(pid, "SIGSTOP");
  try {
    await page.clock.fastForward(8 * 3_600_000);
    await expect(stale(page)).toContainText("No new numbers arrive.");
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await page.clock.runFor(6000);
  await expect(stale(page)).toHaveCount(0);
  await page.goto("about:blank");
  await stop();
});
