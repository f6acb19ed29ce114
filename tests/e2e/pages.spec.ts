import { cpSync, mkdirSync } from "node:fs";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { hydrated } from "./hydrated";
import type { Site } from "./site";
import { expect, newAgent, test } from "./test";
import { simulateReaders } from "./traffic";
import { chapterOf, runSync, storyToRead } from "./views";

const SCREENS = "test-results/screens";
/** The README's pictures; written only when asked for, as no two runs draw the same numbers. */
const PICTURES = "docs/img";
const UPDATE = process.env.UPDATE_SCREENSHOTS === "1";

interface Looked {
  name: string;
  /** Whose page it is; nobody's when absent. */
  who?: "READER" | "EDITOR" | "OPS";
  status?: number;
  address(site: Site): string | Promise<string>;
  /** Waits for what arrives after the page has loaded. */
  ready?(page: Page): Promise<void>;
}

/** Charts are drawn once the page runs. */
const chartsDrawn = (page: Page) => expect(page.locator("figure svg").first()).toBeVisible();

const PAGES: Looked[] = [
  { name: "home", address: () => "/" },
  { name: "home-signed-in", who: "READER", address: () => "/" },
  { name: "story", address: async (site) => (await storyToRead(site)).path },
  { name: "story-signed-in", who: "READER", address: async (site) => (await storyToRead(site)).path },
  { name: "chapter", address: async (site) => chapterOf(await storyToRead(site), 2).path },
  { name: "login", address: () => "/login" },
  { name: "admin", who: "OPS", address: () => "/admin", ready: chartsDrawn },
  { name: "admin-sync", who: "OPS", address: () => "/admin/sync?dry=1" },
  { name: "admin-audit", who: "OPS", address: () => "/admin/audit" },
  { name: "admin-alerts", who: "OPS", address: () => "/admin/alerts" },
  { name: "admin-drill", who: "OPS", address: () => "/admin/drill" },
  { name: "admin-runbook", who: "OPS", address: () => "/admin/runbook" },
  { name: "account", who: "EDITOR", address: () => "/account" },
  { name: "editor", who: "EDITOR", address: () => "/editor" },
  {
    name: "editor-story",
    who: "EDITOR",
    address: async (site) => `/editor/stories/${(await storyToRead(site)).slug}`,
    ready: chartsDrawn,
  },
  { name: "forbidden", who: "READER", status: 403, address: () => "/admin" },
  { name: "not-found", status: 404, address: () => "/no/such/page" },
];

const THEMES = ["light", "dark"] as const;
const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

/** What the README shows. */
const CHOSEN = [
  ...["home", "chapter", "admin", "editor-story"].flatMap((name) =>
    THEMES.map((theme) => `${name}-${theme}-1440`),
  ),
  "story-signed-in-light-390",
];

/** The site has been read for a while, an hour of it with a short outage, so that no page is empty. */
async function liveAWhile(site: Site) {
  const turns = UPDATE ? 4 : 1;
  for (let turn = 0; turn < turns; turn += 1) {
    await simulateReaders(site, 40);
    await nextSample(site);
  }
  await site.withoutRedis();
  await simulateReaders(site, 12);
  if (UPDATE) await nextSample(site);
  await site.withRedis();
  await runSync(site);
  await simulateReaders(site, 24);
  await nextSample(site);
}

/** Waits until the web process has written down what it saw, which it does every ten seconds. */
async function nextSample(site: Site) {
  const newest = async () =>
    Number((await site.db.sample.aggregate({ _max: { id: true }, where: { role: "web" } }))._max.id ?? 0);
  const before = await newest();
  await expect.poll(newest, { timeout: 20_000 }).toBeGreaterThan(before);
}

test.describe("every page, in both themes, wide and narrow", () => {
  test.beforeAll("readers come by", async ({ site }) => {
    test.setTimeout(UPDATE ? 180_000 : 60_000);
    await liveAWhile(site);
  });

  for (const looked of PAGES)
    for (const theme of THEMES)
      for (const size of SIZES) {
        const name = `${looked.name}-${theme}-${size.width}`;
        test(`${name}: no finding of axe, nothing wider than the screen`, async ({
          site,
          newReader,
          expected,
        }) => {
          const { who, status = 200, address, ready } = looked;
          if (status !== 200) expected.push(new RegExp(`the server responded with a status of ${status}`));
          const page = await newReader({
            colorScheme: theme,
            viewport: size,
            reducedMotion: "reduce",
            userAgent: newAgent(),
            locale: "en-GB",
          });
          if (who) await site.signIn(page.context(), who);
          const response = await page.goto(await address(site), { waitUntil: "networkidle" });
          expect(response?.status()).toBe(status);
          await hydrated(page);
          await ready?.(page);
          await page.evaluate(() => document.fonts.ready);

          const file = path.join(SCREENS, `${name}.png`);
          // Scroll bars are not in the picture, so neither is the room that is kept for them.
          await page.screenshot({ path: file, fullPage: true, style: "html { scrollbar-gutter: auto }" });
          if (UPDATE && CHOSEN.includes(name)) {
            mkdirSync(PICTURES, { recursive: true });
            cpSync(file, path.join(PICTURES, `${name}.png`));
          }

          const { violations } = await new AxeBuilder({ page }).analyze();
          expect(violations.map(inShort)).toEqual([]);
          const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          expect(wider, "no scrolling sideways").toBeLessThanOrEqual(0);
        });
      }
});

/** A finding of axe's in a few lines. */
function inShort({
  id,
  help,
  nodes,
}: {
  id: string;
  help: string;
  nodes: { target: unknown[]; failureSummary?: string }[];
}) {
  return `${id}: ${help}\n${nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`).join("\n")}`;
}
