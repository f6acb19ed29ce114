import { defineConfig } from "@playwright/test";

/**
 * Browser tests, in Chromium alone. The address of the site comes from the `site` fixture (tests/e2e/test.ts), which
 * starts one of its own; `npm test` provides the services and the build.
 */
export default defineConfig({
  testDir: "tests/e2e",
  outputDir: "test-results",
  // One site, one Redis that tests really stop: they take turns.
  workers: 1,
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
