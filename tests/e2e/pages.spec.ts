import { cpSync } from "node:fs";
import path from "node:path";
import type { Page } from "@playwright/test";
import { makeShareLink } from "../../app/pages/story-analytics/share/share-links";
import { hydrated } from "./hydrated";
import type { Site } from "./site";
import { expect, test } from "./test";
import { simulateReaders } from "./traffic";
import { chapterOf, runSync, storyToRead } from "./views";
import { violations } from "./violations";

/** A picture of every page, taken only on request: drawing them is a fifth of the time. */
const SCREENS = "test-results/screens";
/** The README's pictures, updated with them, as the numbers differ from run to run. */
const PICTURES = "docs/img";
const UPDATE = process.env.UPDATE_SCREENSHOTS === "1";

interface PageCase {
  name: string;
  /** The role of the signed-in person; absent when signed out. */
  who?: "READER" | "EDITOR" | "OPS";
  status?: number;
  address(site: Site): string | Promise<string>;
  /** Waits for content that arrives after the page has loaded. */
  ready?(page: Page): Promise<void>;
}

/** Charts are drawn once the page has hydrated and their code has arrived: every box of a chart has its picture then. */
const chartsDrawn = async (page: Page) => {
  const boxes = page.getByRole("img", { name: /^Chart\. / });
  await expect(boxes.first()).toBeVisible();
  await expect(boxes.locator(".recharts-surface")).toHaveCount(await boxes.count());
};

/** The page of an alert that someone has acknowledged, with a timeline. */
async function anAlert(site: Site) {
  const rule = "known-loss";
  const at = new Date();
  const state = { pendingAt: at, firedAt: at, breachedAt: at, resolvedAt: at, phase: "resolved" };
  const { id } = await site.db.alert.create({
    data: {
      ...{ rule, ...state, threshold: 1, value: 4, message: "Redis lost 4 views.", severity: "critical" },
      steps: {
        create: [["pending"], ["firing"], ["acknowledged", "user 1"], ["resolved"]].map(
          ([kind = "", by]) => ({ at, kind, by }),
        ),
      },
      readings: { create: [1, 2, 3].map((n) => ({ at: new Date(at.getTime() - n * 60_000), value: n })) },
    },
  });
  return `/admin/alerts/${id}`;
}

const PAGES: PageCase[] = [
  { name: "home", address: () => "/" },
  { name: "home-signed-in", who: "READER", address: () => "/" },
  { name: "story", address: async (site) => (await storyToRead(site)).path },
  { name: "story-signed-in", who: "READER", address: async (site) => (await storyToRead(site)).path },
  { name: "chapter", address: async (site) => chapterOf(await storyToRead(site), 2).path },
  { name: "search", address: () => "/search?q=the" },
  {
    name: "genre",
    address: async (site) => {
      const { genre } = await site.db.story.findFirstOrThrow({
        where: { status: "PUBLISHED", genre: { not: "" } },
      });
      return `/genre/${encodeURIComponent(genre)}`;
    },
  },
  { name: "most-read", address: () => "/most-read" },
  { name: "privacy", address: () => "/privacy" },
  {
    name: "me",
    address: async (site) => `/me?page=${encodeURIComponent(chapterOf(await storyToRead(site), 2).path)}`,
  },
  { name: "me-signed-in", who: "READER", address: () => "/me" },
  { name: "login", address: () => "/login" },
  { name: "admin", who: "OPS", address: () => "/admin", ready: chartsDrawn },
  { name: "admin-day", who: "OPS", address: () => "/admin?range=24h&compare=1", ready: chartsDrawn },
  { name: "admin-sync", who: "OPS", address: () => "/admin/sync?dry=1" },
  { name: "admin-queues", who: "OPS", address: () => "/admin/queues", ready: chartsDrawn },
  { name: "admin-redis", who: "OPS", address: () => "/admin/redis", ready: chartsDrawn },
  { name: "admin-stories", who: "OPS", address: () => "/admin/stories" },
  {
    name: "admin-story",
    who: "OPS",
    address: async (site) => `/admin/stories/${(await storyToRead(site)).slug}`,
  },
  { name: "admin-audit", who: "OPS", address: () => "/admin/audit" },
  { name: "admin-alerts", who: "OPS", address: () => "/admin/alerts" },
  { name: "admin-objectives", who: "OPS", address: () => "/admin/objectives", ready: chartsDrawn },
  { name: "admin-alert", who: "OPS", address: anAlert },
  { name: "admin-inbox", who: "OPS", address: () => "/admin/inbox" },
  { name: "admin-drill", who: "OPS", address: () => "/admin/drill" },
  { name: "admin-runbook", who: "OPS", address: () => "/admin/runbook" },
  { name: "admin-archive", who: "OPS", address: () => "/admin/archive" },
  { name: "admin-users", who: "OPS", address: () => "/admin/users" },
  { name: "account", who: "EDITOR", address: () => "/account" },
  { name: "editor", who: "EDITOR", address: () => "/editor" },
  {
    name: "editor-story",
    who: "EDITOR",
    address: async (site) => `/editor/stories/${(await storyToRead(site)).slug}`,
    ready: chartsDrawn,
  },
  { name: "editor-search", who: "EDITOR", address: () => "/editor?sort=change&q=a" },
  ...["readers", "sources", "share"].map((page) => ({
    name: `editor-story-${page}`,
    who: "EDITOR" as const,
    address: async (site: Site) => `/editor/stories/${(await storyToRead(site)).slug}/${page}`,
  })),
  {
    name: "shared-story",
    address: async (site) => {
      const { id, authorId } = await site.db.story.findFirstOrThrow({
        where: { slug: (await storyToRead(site)).slug },
      });
      const link = { storyId: id, userId: authorId, label: "Press", days: 1 };
      return `/shared/${await makeShareLink(site.db, link, new Date())}`;
    },
    ready: chartsDrawn,
  },
  { name: "forbidden", who: "READER", status: 403, address: () => "/admin" },
  { name: "not-found", status: 404, address: () => "/no/such/page" },
];

/** Each size with its themes: a page is opened in the first, and changes to the second when the system does. */
const SIZES = [
  { viewport: { width: 1440, height: 900 }, themes: ["light", "dark"] },
  { viewport: { width: 390, height: 844 }, themes: ["dark", "light"] },
] as const;

/** The screenshots that the README shows. */
const PICTURED = ["home-light-1440", "chapter-light-1440", "admin-dark-1440", "editor-story-light-1440"];

/** Gives the site readers and a short outage, so that no page is empty. */
async function addReaders(site: Site) {
  await simulateReaders(site, 40);
  // Pictures get a longer line.
  for (let sample = 0; UPDATE && sample < 3; sample += 1) {
    await nextSample(site);
    await simulateReaders(site, 40);
  }
  await site.withoutRedis();
  await simulateReaders(site, 12);
  if (UPDATE) await nextSample(site);
  await site.withRedis();
  await runSync(site);
  await simulateReaders(site, 24);
  await nextSample(site);
}

/** Waits for the web process's next sample; it writes one every ten seconds. */
async function nextSample(site: Site) {
  const newest = async () =>
    Number((await site.db.sample.aggregate({ _max: { id: true }, where: { role: "web" } }))._max.id ?? 0);
  const before = await newest();
  await expect.poll(newest, { timeout: 20_000 }).toBeGreaterThan(before);
}

/** The readers of this worker's site: the tests run in parallel, and each would add them. */
let readers: Promise<void> | undefined;

test.describe("every page, in both themes, wide and narrow", () => {
  test.describe.configure({ mode: "parallel" });
  test.beforeAll("add readers", async ({ site }) => {
    test.setTimeout(UPDATE ? 180_000 : 60_000);
    readers ??= addReaders(site);
    await readers;
  });

  for (const { name, who, status = 200, address, ready } of PAGES)
    for (const { viewport, themes } of SIZES)
      test(`${name}, ${viewport.width} px wide: no axe violations, nothing wider than the screen`, async ({
        site,
        newReader,
        expected,
      }) => {
        if (status !== 200) expected.push(new RegExp(`the server responded with a status of ${status}`));
        const page = await newReader({ viewport, colorScheme: themes[0], reducedMotion: "reduce" });
        if (who) await site.signIn(page.context(), who);
        const response = await page.goto(await address(site));
        expect(response?.status()).toBe(status);
        await hydrated(page);
        await ready?.(page);
        await page.evaluate(() => document.fonts.ready);

        const inks = new Set<string>();
        for (const theme of themes) {
          await page.emulateMedia({ colorScheme: theme });
          inks.add(await page.evaluate(() => getComputedStyle(document.body).color));
          if (UPDATE) await takePicture(page, `${name}-${theme}-${viewport.width}`);
          // Only the colours differ between the themes.
          const found = await violations(page, theme === themes[0] ? {} : { only: "colors" });
          expect.soft(found, theme).toEqual([]);
        }
        expect(inks.size, "the open page has followed the system").toBe(2);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(wider, "no horizontal scrolling").toBeLessThanOrEqual(0);
      });
});

/** A screenshot of the whole page, and the README's picture of that name if pictures are being updated. */
async function takePicture(page: Page, name: string) {
  const file = path.join(SCREENS, `${name}.png`);
  await page.screenshot({ path: file, fullPage: true });
  if (PICTURED.includes(name)) cpSync(file, path.join(PICTURES, `${name}.png`));
}

test("icons, web manifest, robots.txt and the sitemap are served, and pages link to them", async ({
  site,
  page,
  request,
}) => {
  for (const [file, type] of [
    ["favicon.ico", /^image\/(x-icon|vnd\.microsoft\.icon)/],
    ["favicon.svg", /^image\/svg\+xml/],
    ["apple-touch-icon.png", /^image\/png/],
    ["site.webmanifest", /^application\/manifest\+json/],
    ["robots.txt", /^text\/plain/],
    ["sitemap.xml", /^application\/xml/],
  ] as const) {
    const answer = await request.get(`${site.origin}/${file}`);
    expect(answer.status(), file).toBe(200);
    expect(answer.headers()["content-type"], file).toMatch(type);
  }
  const manifest = (await (await request.get(`${site.origin}/site.webmanifest`)).json()) as {
    icons: { src: string }[];
  };
  await page.goto("/");
  const linked = await page
    .locator('link[rel="icon"], link[rel="apple-touch-icon"], link[rel="manifest"]')
    .evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
  expect(linked).toHaveLength(4);
  for (const path of [...linked, ...manifest.icons.map(({ src }) => src)])
    expect((await request.get(site.origin + path)).status(), path).toBe(200);
  const story = await storyToRead(site);
  expect(await (await request.get(`${site.origin}/sitemap.xml`)).text()).toContain(
    `<loc>${site.origin}${chapterOf(story, 1).path}</loc>`,
  );
});

test("the log-in form shows each error beside its field, and keeps the address", async ({
  page,
  expected,
}) => {
  expected.push(/the server responded with a status of 400/);
  await page.goto("/login?next=%2Faccount");
  // The browser checks the fields first; programs and old browsers do not.
  await page
    .locator("main form")
    .first()
    .evaluate((form: HTMLFormElement) => {
      form.noValidate = true;
    });
  const email = page.getByLabel("E-mail address");
  await email.fill("june");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(email).toHaveAccessibleDescription(/Enter the whole e-mail address/);
  await expect(email).toHaveAttribute("aria-invalid", "true");
  await expect(email).toHaveValue("june");
  await expect(page.getByLabel("Password")).toHaveAccessibleDescription("Enter your password.");
  expect(await violations(page)).toEqual([]);
});
