import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { type Browser, chromium, type Page } from "@playwright/test";
import { seed } from "../../prisma/seed";
import { findChromium } from "../../scripts/services/chromium";
import { type Machine, startMachine } from "./machine";
import type { Sample, Suite } from "./measure";

declare global {
  interface Window {
    /** When the largest part of the page was painted, ms, and how far its parts have shifted. */
    painted: { lcp: number; cls: number };
  }
}

const TIMEOUT_MS = 120_000;
/** A phone on the Web, so that what is painted late is seen to be late: ms, bytes per second, times slower than this machine. */
const NETWORK = { latency: 60, throughput: 1_000_000, slowdown: 2 };

/**
 * The first load of the demo site's longest chapter in Chromium with an empty cache: the bytes of all its files as they are sent,
 * compressed and without headers; those of the script that sends the view; and when and how steadily the page is painted, with that
 * script and without what it does.
 */
export function weightSuite(): Suite {
  let machine: Machine | undefined;
  let browser: Browser | undefined;
  return {
    cases: [
      { name: "reader-page-weight", unit: "KB" },
      { name: "reader-page-tracker", unit: "bytes" },
      { name: "reader-page-lcp-untracked", unit: "ms" },
      { name: "reader-page-lcp", unit: "ms", reference: "reader-page-lcp-untracked" },
      { name: "reader-page-cls-untracked", unit: "shift" },
      { name: "reader-page-cls", unit: "shift" },
    ],
    rounds: 5,
    async open() {
      machine = await startMachine();
      await seed(machine.postgresUrl, { size: "small" });
      const site = await machine.startSite({
        REDIS_URL: machine.redisUrl,
        VIEW_TRACKING_REDIS_ENABLED: "true",
      });
      browser = await chromium.launch({
        executablePath: findChromium(),
        args: ["--no-sandbox", "--disable-gpu"],
      });
      const url = `http://127.0.0.1:${site.port}${await longestChapter(machine)}`;
      const open = (tracked: boolean) => firstLoad(browser as Browser, url, tracked);
      return {
        "reader-page-weight": async () => ({ value: (await open(true)).bytes / 1000 }),
        "reader-page-tracker": async () => ({ value: trackerBytes() }),
        "reader-page-lcp-untracked": async () => ({ value: (await open(false)).lcp }),
        "reader-page-lcp": async () => ({ value: (await open(true)).lcp }),
        "reader-page-cls-untracked": async () => ({ value: (await open(false)).cls }),
        "reader-page-cls": async () => ({ value: (await open(true)).cls }),
      } satisfies Record<string, () => Promise<Sample>>;
    },
    async close() {
      await browser?.close();
      await machine?.close();
    },
  };
}

async function longestChapter({ pool }: Machine): Promise<string> {
  const { rows } = await pool.query<{ slug: string; number: number }>(
    `SELECT s.slug, c.number FROM "Chapter" c JOIN "Story" s ON s.id = c."storyId"
     WHERE c.status = 'PUBLISHED' AND s.status = 'PUBLISHED' ORDER BY length(c.body) DESC LIMIT 1`,
  );
  const [chapter] = rows;
  if (!chapter) throw new Error("the demo site has no chapter");
  return `/story/${chapter.slug}/chapter/${chapter.number}`;
}

const trackerBytes = () => {
  const folder = path.join("build", "client", "assets");
  const files = readdirSync(folder).filter((name) => /^tracker-.*\.js\.br$/.test(name));
  if (files.length !== 1) throw new Error("the build has no file of its own for the tracker");
  return statSync(path.join(folder, files[0] ?? "")).size;
};

/** Opens a page with an empty cache, and waits until it has loaded and, if `tracked`, its view was answered. */
async function firstLoad(browser: Browser, url: string, tracked: boolean) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  if (!tracked)
    // The tracker waits for a page that it takes to be hidden; the browser paints as always.
    await page.addInitScript(() =>
      Object.defineProperty(document, "visibilityState", { get: () => "hidden" }),
    );
  await page.addInitScript(() => {
    window.painted = { lcp: 0, cls: 0 };
    // Without functions of their own names: tsx would wrap them in a helper that the page does not have.
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.painted.lcp = entry.startTime;
    }).observe({ type: "largest-contentful-paint", buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[])
        window.painted.cls += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  const bytes = await countBytes(page);
  await Promise.all([
    tracked ? page.waitForResponse((response) => response.request().method() === "POST") : null,
    page.goto(url, { waitUntil: "networkidle" }),
  ]);
  await page.waitForFunction(() => window.painted.lcp > 0);
  const painted = await page.evaluate(() => window.painted);
  await context.close();
  return { bytes: bytes(), ...painted };
}

async function countBytes(page: Page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: NETWORK.latency,
    downloadThroughput: NETWORK.throughput,
    uploadThroughput: NETWORK.throughput,
  });
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: NETWORK.slowdown });
  let bytes = 0;
  const headers = new Map<string, number>();
  cdp.on("Network.responseReceived", ({ requestId, response }) =>
    headers.set(requestId, response.encodedDataLength),
  );
  cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    bytes += encodedDataLength - (headers.get(requestId) ?? 0);
  });
  return () => bytes;
}
