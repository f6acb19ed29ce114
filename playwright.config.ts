import { defineConfig } from "@playwright/test";

/**
 * The files whose tests change what pages say of the whole site (outages, settings, samples, other processes) or read such numbers: each
 * has a site to itself, and meets only what it did. A site takes some seconds to start, so the other files share.
 */
const OWN_SITE = [
  "alerts",
  "channels",
  "counting",
  "demo",
  "first-steps",
  "incident",
  "log-in",
  "objectives",
  "operators-windows",
  "overview",
  "overview-charts",
  "queues",
  "redis",
  "stopping",
  "stories",
  "sync",
  "users",
];

/**
 * Browser tests, in Chromium only. The `site` fixture (tests/e2e/test.ts) starts a site for each worker; `npm test` provides
 * Postgres and the build.
 */
export default defineConfig({
  testDir: "tests/e2e",
  outputDir: "test-results",
  // Each worker has a site with a Redis of its own, so that a stopped Redis disturbs no other test. The tests of a file take
  // turns, unless the file says otherwise. A project has workers of its own, and so a site.
  projects: [
    ...OWN_SITE.map((name) => ({ name, testMatch: `${name}.spec.ts` })),
    { name: "shared", testIgnore: OWN_SITE.map((name) => `${name}.spec.ts`) },
  ],
  // Most of the time goes into waiting for the site's intervals, so there are more of them than cores.
  workers: 3,
  fullyParallel: false,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  reporter: "line",
  timeout: 30_000,
  expect: { timeout: 10_000 },
  use: {
    browserName: "chromium",
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH || undefined,
      args: [
        // As readers' browsers are: views of browsers that say they are driven do not count.
        "--disable-blink-features=AutomationControlled",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    trace: "off",
  },
});
