import type { Locator, Page } from "@playwright/test";
import { hydrated } from "./hydrated";
import type { Site } from "./site";
import { expect, test } from "./test";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Samples of a process that counted one view per minute for three hours, and an outage in the middle. */
async function addPast(site: Site, end: number) {
  const at = (minutes: number) => new Date(end - minutes * 60_000);
  const process = `web-past-${end}`;
  await site.db.sample.createMany({
    data: Array.from({ length: 180 }, (_, position) => ({
      at: at(180 - position),
      span: 60,
      process,
      role: "web",
      mode: "redis",
      redis: 1,
    })),
  });
  const move = (minutes: number, from: string, to: string, reason: string) => ({
    at: at(minutes),
    process,
    role: "web",
    from,
    to,
    reason,
  });
  await site.db.modeChange.createMany({
    data: [
      move(181, "started", "redis", "process started"),
      move(90, "redis", "database", "the connection to Redis was lost"),
      move(80, "database", "redis", "Redis answers again"),
    ],
  });
}

/** Two days ago, on a whole hour: nothing else of the site is there. */
const past = () => Math.floor((Date.now() - 2 * DAY_MS) / HOUR_MS) * HOUR_MS;
const addressOf = (from: number, to: number) =>
  `/admin?range=custom&from=${new Date(from).toISOString().slice(0, 16)}&to=${new Date(to).toISOString().slice(0, 16)}`;

let end = 0;
test.beforeAll(async ({ site }) => {
  end = past();
  await addPast(site, end);
  // Above the charts, they would move them off the screen.
  await site.db.setting.createMany({
    data: [{ key: "first-steps.dismissed", value: true }],
    skipDuplicates: true,
  });
});
test.beforeEach(({ site, page }) => site.signIn(page.context(), "OPS"));

const views = (page: Page) => page.locator("figure#views");
const plot = (figure: Locator) => figure.locator(".recharts-surface").first();

/** Presses the mouse at one share of a chart's width, moves it and lets go at another. */
async function drag(page: Page, figure: Locator, from: number, to: number) {
  const box = await plot(figure).boundingBox();
  if (!box) throw new Error("the chart is not drawn");
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * ((from + to) / 2), y);
  await page.mouse.move(box.x + box.width * to, y);
  await page.mouse.up();
}

test("dragging over a chart shows that time alone, with its own numbers, and going back undoes it", async ({
  page,
}) => {
  await page.goto(addressOf(end - 3 * HOUR_MS, end));
  await hydrated(page);
  await expect(plot(views(page))).toBeVisible();
  await expect(views(page).getByRole("heading")).toContainText("· 180 from");
  await drag(page, views(page), 0.4, 0.7);
  await expect(page).toHaveURL(/range=custom&from=/);
  await expect(views(page).getByRole("heading")).not.toContainText("· 180 from");
  const { searchParams } = new URL(page.url());
  const [from, to] = ["from", "to"].map((name) => Date.parse(`${searchParams.get(name)}Z`)) as [
    number,
    number,
  ];
  expect(from).toBeGreaterThan(end - 3 * HOUR_MS);
  expect(to).toBeLessThan(end);
  // One view per minute: the number is that of the time that is shown.
  await expect(views(page).getByRole("heading")).toContainText(`· ${(to - from) / 60_000} from`);
  await page.goBack();
  await expect(views(page).getByRole("heading")).toContainText("· 180 from");
});

test("a click, and a drag that is given up, leave the range as it is", async ({ page }) => {
  const address = addressOf(end - 3 * HOUR_MS, end);
  await page.goto(address);
  await hydrated(page);
  const box = await plot(views(page)).boundingBox();
  if (!box) throw new Error("the chart is not drawn");
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 3, box.y + box.height / 2);
  await page.keyboard.press("Escape");
  await page.mouse.up();
  await expect(page).toHaveURL(address);
  await expect(views(page).getByRole("heading")).toContainText("· 180 from");
});

test("the pointer is shown in all charts at the same time, with the mode and its reason in the one that it is in", async ({
  page,
}) => {
  await page.goto(addressOf(end - 3 * HOUR_MS, end));
  await hydrated(page);
  const latency = page.locator("figure#not-counted");
  await expect(plot(latency)).toBeVisible();
  const box = await plot(views(page)).boundingBox();
  if (!box) throw new Error("the chart is not drawn");
  // The outage is from 90 to 80 minutes before the end of three hours.
  await page.mouse.move(box.x + 44 + (box.width - 52) * (95 / 180), box.y + box.height / 2);
  await expect(views(page)).toContainText("Counted in");
  await expect(views(page)).toContainText("The connection to Redis was lost.");
  await expect(page.locator(".recharts-tooltip-cursor")).toHaveCount(
    await page.locator("figure .recharts-surface").count(),
  );
  await expect(latency).not.toContainText("Counted in");
});

test("pressing a band of the timeline shows the incident alone, and the list of incidents leads there too", async ({
  page,
}) => {
  await page.goto(addressOf(end - 3 * HOUR_MS, end));
  await hydrated(page);
  const outage = page
    .getByRole("toolbar", { name: "All web processes" })
    .getByRole("button", { name: /^Database/ });
  await expect(outage).toHaveAccessibleName("Database, 10 minutes: the connection to Redis was lost");
  await outage.click();
  const expected = new URLSearchParams({
    from: new Date(end - 95 * 60_000).toISOString().slice(0, 16),
    to: new Date(end - 75 * 60_000).toISOString().slice(0, 16),
  }).toString();
  await expect(page).toHaveURL((url) => url.search.endsWith(expected));
  await expect(views(page).getByRole("heading")).toContainText("· 20 from");
  await page.goBack();
  await page.getByRole("table", { name: "Incidents" }).getByRole("link").click();
  await expect(page).toHaveURL((url) => url.search.endsWith(expected));
});

test("hours without reports are made up from the history, pale and with their own name", async ({
  site,
  page,
}) => {
  const hour = new Date(end - 30 * HOUR_MS);
  const story = await site.db.story.findFirstOrThrow();
  const row = { kind: "story", targetId: story.id, hour, source: "test", views: 1234n };
  await site.db.viewHour.create({ data: row });
  try {
    await page.goto(addressOf(end - 48 * HOUR_MS, end));
    await expect(views(page).getByRole("heading")).toContainText(/· 180 from .*more without reports/);
    await expect(views(page)).toContainText("Path not recorded");
    const file = await page.request.get(
      addressOf(end - 48 * HOUR_MS, end).replace("/admin", "/admin/chart/views.csv"),
    );
    const [head = "", ...lines] = (await file.text()).trim().split("\r\n");
    const column = head.split(",").indexOf('"history_views"');
    const made = lines.map((line) => line.split(",")).filter((cells) => Number(cells[column]) >= 1234);
    expect(made.map(([at = ""]) => Date.parse(at))).toEqual([hour.getTime()]);
  } finally {
    await site.db.viewHour.deleteMany({ where: { source: "test" } });
  }
});

test("on a phone, a chart is a line with a sparkline that opens, and the page is short", async ({
  site,
  newReader,
}) => {
  const page = await newReader({ viewport: { width: 390, height: 844 }, hasTouch: true });
  await site.signIn(page.context(), "OPS");
  await page.goto("/admin?range=1h");
  await hydrated(page);
  const latency = page.locator("figure#latency");
  const open = page.getByRole("button", { name: "Open Latency" });
  await expect(open).toHaveAttribute("aria-expanded", "false");
  await expect(latency.locator("summary")).toBeHidden();
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThan(3000);
  await open.tap();
  await expect(latency.locator("summary")).toBeVisible();
  await expect(page.getByRole("button", { name: "Close Latency" })).toHaveAttribute("aria-expanded", "true");
  await expect(views(page).locator("summary"), "the views are open at first").toBeVisible();
});
