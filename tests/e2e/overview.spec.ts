import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { OPERATIONS_PAGES } from "../../app/shared/operations-nav";
import { hydrated } from "./hydrated";
import { expect, test } from "./test";
import { simulateReaders } from "./traffic";
import { violations } from "./violations";

const headline = (page: Page) => page.getByRole("heading", { level: 1 });
const following = (page: Page) => page.locator("[data-following]");
const asOf = (page: Page) => following(page).locator("time").first();
const lastOfBand = (page: Page) =>
  page.getByRole("toolbar", { name: "All web processes" }).getByRole("button").last();
const customRange = (from: number, to: number) =>
  `/admin?range=custom&from=${new Date(from).toISOString().slice(0, 16)}&to=${new Date(to).toISOString().slice(0, 16)}`;

test.beforeEach(async ({ site, page }) => {
  await site.signIn(page.context(), "OPS");
});

test("Redis is stopped while an operator watches: the headline and the mode band follow within five seconds, and again when it is back", async ({
  site,
  page,
}) => {
  await page.goto("/admin");
  await expect(following(page)).toHaveAttribute("data-following", "live");
  await expect(headline(page)).toContainText("Counting in Redis.");
  await expect(lastOfBand(page)).toHaveAttribute("data-mode", "redis");
  const loads: string[] = [];
  page.on("load", () => loads.push(page.url()));

  await site.redis.stop();
  await expect(headline(page)).toContainText("Counting in the database since", { timeout: 5000 });
  await expect(lastOfBand(page)).toHaveAttribute("data-mode", "database", { timeout: 5000 });
  await lastOfBand(page).focus();
  await expect(page.locator("[data-modes] + p")).toContainText(
    /All web processes: Database, .*: .*, from .*/,
  );
  expect(await site.db.modeChange.count({ where: { to: "database", role: "web" } })).toBeGreaterThan(0);

  await site.withRedis();
  await expect(headline(page)).toContainText("Counting in Redis.", { timeout: 5000 });
  await expect(lastOfBand(page)).toHaveAttribute("data-mode", "redis", { timeout: 5000 });
  expect(loads, "the page was not loaded again").toEqual([]);
});

test("a hidden tab follows only the state of the site, and sends no requests; back in view, it is up to date at once", async ({
  page,
}) => {
  const follows = (url: string) => {
    const { searchParams } = new URL(url);
    const others = searchParams.getAll("also").map((each) => new URLSearchParams(each));
    return [searchParams, ...others].map((each) => each.get("range"));
  };
  const both = page.waitForResponse((response) => follows(response.url()).join() === "1h,state");
  await page.clock.install();
  await page.goto("/admin?range=1h");
  await expect(following(page)).toHaveAttribute("data-following", "live");
  await page.clock.runFor(1000);
  await both;
  const requested: string[] = [];
  page.on("request", (request) => requested.push(request.url()));
  const setVisibility = (state: "hidden" | "visible") =>
    page.evaluate((value) => {
      Object.defineProperty(document, "visibilityState", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  const live = () => requested.filter((url) => url.includes("/admin/live"));
  const opened = page.waitForResponse((response) => follows(response.url()).join() === "state");
  await setVisibility("hidden");
  await expect(following(page)).toHaveAttribute("data-following", "paused");
  // Windows that open together connect once, a moment later.
  await page.clock.runFor(1000);
  await opened;
  expect(live().map(follows)).toEqual([["state"]]);
  requested.length = 0;
  // Twice as long as a page without a stream waits, and shorter than the silence of a dead one: the site's own clock stands still.
  await page.clock.runFor(25_000);
  // The test's own request: one that the page sent meanwhile would come before it.
  const probe = await page.evaluate(async () => (await fetch("/healthz")).url);
  expect(requested).toEqual([probe]);
  await setVisibility("visible");
  await page.clock.runFor(1000);
  await expect(following(page)).toHaveAttribute("data-following", "live");
  const url = live().find((each) => follows(each).includes("1h")) ?? page.url();
  const { searchParams } = new URL(url);
  const own = [searchParams, ...searchParams.getAll("also").map((each) => new URLSearchParams(each))];
  const since = Number(own.find((each) => each.get("range") === "1h")?.get("since"));
  await expect
    .poll(async () => Date.parse((await asOf(page).getAttribute("datetime")) ?? ""))
    .toBeGreaterThan(since);
  expect(requested.filter((each) => each.includes("_data="))).toEqual([]);
});

test("without a live stream, the page polls", async ({ page, expected }) => {
  expected.push(/admin\/live/, /Failed to load resource/);
  await page.clock.install();
  await page.route("**/admin/live?*", (route) => route.fulfill({ status: 503, body: "full" }));
  // The server renders "polling" as well: once the stream was requested, the page's own timers run.
  await Promise.all([page.waitForRequest("**/admin/live?*"), page.goto("/admin")]);
  await expect(following(page)).toHaveAttribute("data-following", "polling");
  await Promise.all([
    page.waitForRequest((request) => request.url().includes("_data=")),
    page.clock.runFor(12_000),
  ]);
});

test("keyboard shortcuts open pages, are listed, leave fields alone and can be switched off", async ({
  page,
}) => {
  await page.goto("/admin");
  await expect(following(page)).toHaveAttribute("data-following", "live");
  const list = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await page.keyboard.press("?");
  await expect(list).toBeVisible();
  for (const { label } of OPERATIONS_PAGES)
    await expect(list.getByRole("definition").filter({ hasText: `Go to ${label}` })).toHaveCount(1);
  expect(await violations(page, { within: "dialog" })).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(list).toBeHidden();

  await page.getByText("Custom range").click();
  await page.getByLabel("From (UTC)").focus();
  await page.keyboard.press("?");
  await expect(list).toBeHidden();
  await page.locator("body").click({ position: { x: 5, y: 400 } });

  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await expect(page).toHaveURL(/\/admin\/sync$/);
  await page.keyboard.press("g");
  await page.keyboard.press("k");
  await expect(page).toHaveURL(/\/admin\/runbook$/);
  await page.keyboard.press("g");
  await page.keyboard.press("o");
  await expect(page).toHaveURL(/\/admin$/);

  await page.getByRole("button", { name: "Shortcuts" }).click();
  await page.getByRole("checkbox", { name: /single-key shortcuts/ }).uncheck();
  await page.getByRole("button", { name: "Close" }).click();
  await page.keyboard.press("?");
  await expect(list).toBeHidden();
  await page.reload();
  await page.keyboard.press("?");
  await expect(list).toBeHidden();
});

test("a custom range has an address, an invalid one is explained, and the earlier period can be drawn", async ({
  page,
  expected,
}) => {
  expected.push(/status of 400/);
  const now = Date.now();
  await page.goto("/admin");
  await page.getByText("Custom range").click();
  await page.getByLabel("From (UTC)").fill(new Date(now - 7_200_000).toISOString().slice(0, 16));
  await page.getByLabel("To (UTC)").fill(new Date(now - 600_000).toISOString().slice(0, 16));
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page).toHaveURL(/range=custom&from=/);
  await expect(
    page
      .getByRole("heading", { level: 2 })
      .filter({ hasText: /from .* to .*/ })
      .first(),
  ).toBeVisible();
  await page.getByRole("link", { name: /Compare with/ }).click();
  await expect(page).toHaveURL(/compare=1/);
  await expect(page.getByText(/^All, .* earlier$/)).toBeVisible();

  await page.goto(customRange(now - 600_000, now - 7_200_000));
  await expect(page.getByRole("alert")).toHaveText("The end must be after the start.");
  await expect(headline(page)).toBeVisible();
  const file = await page.request.get(
    customRange(now - 600_000, now - 7_200_000).replace("/admin", "/admin/chart/views.csv"),
  );
  expect(file.status()).toBe(400);
});

test("each chart has a table and a CSV, and the CSV holds what the chart draws", async ({ site, page }) => {
  // Another file's samples of two days ago are in the same table.
  const hourAgo = new Date(Date.now() - 3_600_000);
  const counted = async () =>
    (await site.db.sample.aggregate({ where: { role: "web", at: { gte: hourAgo } }, _sum: { redis: true } }))
      ._sum.redis ?? 0;
  await simulateReaders(site, 5);
  // The sample with these views is written within ten seconds.
  await expect.poll(counted, { timeout: 15_000 }).toBeGreaterThan(0);
  await page.goto("/admin?range=24h&compare=1");
  const files = page.locator("figure a", { hasText: "This chart (CSV)" });
  await expect(files).toHaveCount(8);
  for (const link of await files.all()) {
    const answer = await page.request.get((await link.getAttribute("href")) ?? "");
    expect(answer.status(), answer.url()).toBe(200);
    expect(answer.headers()["content-type"]).toContain("text/csv");
    expect((await answer.text()).split("\r\n")[0]).toContain("_utc");
  }
  await page.locator("summary[aria-label='More about Views']").click();
  const [download] = await Promise.all([page.waitForEvent("download"), files.nth(1).click()]);
  expect(download.suggestedFilename()).toBe("tidemark-24h-views.csv");
  const [head = "", ...lines] = (await readFile(await download.path(), "utf8")).trim().split("\r\n");
  const column = head.split(",").indexOf('"redis_views"');
  const sum = lines.reduce((all, line) => all + Number(line.split(",")[column] || 0), 0);
  expect(sum).toBe(await counted());
  // No process reported before the site started: the cell is empty, which is not zero.
  expect(lines[0]?.split(",")[column]).toBe("");
});

test("times are in the viewer's time zone, with UTC in the tooltip, and a button changes them to UTC", async ({
  site,
  newReader,
}) => {
  const page = await newReader({ timezoneId: "Asia/Kolkata" });
  await site.signIn(page.context(), "OPS");
  await page.goto("/admin");
  const status = page.getByRole("region", { name: "Status" });
  await expect(status).toContainText(/since.\d\d:\d\d\sGMT\+5:30/);
  await expect(status.locator("time").first()).toHaveAttribute("title", / UTC$/);
  await page.getByRole("button", { name: /^Times are in your time zone/ }).click();
  await expect(status).toContainText(/since.\d\d:\d\d\sUTC/);
  await page.reload();
  await expect(status).toContainText(/since.\d\d:\d\d\sUTC/);
});

test("the queue board has the site's colours and requests nothing from other hosts", async ({
  site,
  page,
  expected,
}) => {
  expected.push(/favicon\.ico/);
  const foreign: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(site.origin) && !request.url().startsWith("data:"))
      foreign.push(request.url());
  });
  await page.goto("/admin/queues/board");
  await expect(page.getByText("tidemark-sync").first()).toBeVisible();
  expect(foreign).toEqual([]);
  const paper = await page.evaluate(() =>
    getComputedStyle(document.body).getPropertyValue("--background").trim(),
  );
  expect(["#f8f7f3", "#11171b"]).toContain(paper);
});

test("the numbers of a chart are in a table that its menu shows, and are there without JavaScript", async ({
  site,
  page,
  newReader,
}) => {
  await simulateReaders(site, 2);
  await page.goto("/admin");
  await hydrated(page);
  const figure = page.locator("figure#counting");
  const menu = figure.locator("summary[aria-label='More about Counting']");
  const item = figure.getByRole("checkbox", { name: "Show as table" });
  const table = figure.getByRole("table");
  await expect(table).toHaveCount(0);
  await menu.click();
  await item.check();
  await expect(table).toBeVisible();
  expect(await violations(page, { within: "figure#counting" })).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(item).toBeHidden();
  await expect(menu).toBeFocused();
  await menu.click();
  await item.uncheck();
  await expect(table).toHaveCount(0);
  await page.locator("h1").click();
  await expect(item, "a click elsewhere closes the menu").toBeHidden();

  // Ticked before the page's code has arrived.
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  await page.route("**/assets/*.js", (route) => arrived.then(() => route.continue()));
  await page.goto("/admin", { waitUntil: "commit" });
  await menu.click();
  await item.check();
  arrive();
  await expect(table).toBeVisible();

  const plain = await newReader({ javaScriptEnabled: false });
  await site.signIn(plain.context(), "OPS");
  await plain.goto("/admin?range=24h");
  await expect(
    plain.locator("figure").getByRole("table"),
    "a page has only the tables that a person asked for",
  ).toHaveCount(0);
  await plain.locator("figure").getByRole("link", { name: "Show as table" }).first().click();
  await expect(plain).toHaveURL(/\?range=24h&tables=1#/);
  await expect(plain.locator("figure").getByRole("table").first()).toBeVisible();
});

test("views that may be counted twice are named beside the ledger, with their number and time", async ({
  site,
  page,
}) => {
  const at = new Date(Date.now() - 3 * 86_400_000);
  const [fromAt, toAt] = [32, 31].map((hours) => new Date(at.getTime() - hours * 3_600_000)) as [Date, Date];
  const { id } = await site.db.givenUpRows.create({ data: { at, kind: "story", views: 1234, fromAt, toAt } });
  try {
    await page.goto("/admin");
    const line = page.getByRole("listitem").filter({ hasText: "Up to 1,234 views may be counted twice" });
    await expect(line).toContainText("not compared with Redis in time");
    expect(
      await line.locator("time").evaluateAll((times) => times.map((time) => time.getAttribute("datetime"))),
    ).toEqual([fromAt, toAt, at].map((time) => time.toISOString()));
  } finally {
    await site.db.givenUpRows.delete({ where: { id } });
  }
});
