import {
  type BrowserContext,
  type BrowserContextOptions,
  test as base,
  expect,
  type Page,
} from "@playwright/test";
import { createSite, type Site } from "./site";

interface Fixtures {
  /** The browser errors and server error logs that a test expects; any other fails it. */
  expected: RegExp[];
  errorWatch: { watch(context: BrowserContext): void };
  /** Another reader: a browser context with its own cookies and user agent. */
  newReader(options?: BrowserContextOptions): Promise<Page>;
}

let readers = 0;

/** A user agent that looks like a common browser but was never used before: a viewer unknown to the site. */
export const newAgent = () => {
  readers += 1;
  return `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Tide/${process.pid}.${readers}`;
};

const ERROR = 50;

/**
 * Playwright's test with our own site behind it. The `page` of every test is a new reader who is not signed in. Redis is running
 * when a test starts, whatever the previous test did.
 */
export const test = base.extend<Fixtures, { site: Site }>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are needed from the pattern
    async ({}, use) => {
      const site = await createSite();
      await use(site);
      await site.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: ({ site }, use) => use(site.origin),
  // biome-ignore lint/correctness/noEmptyPattern: as above
  userAgent: ({}, use) => use(newAgent()),
  // biome-ignore lint/correctness/noEmptyPattern: as above
  expected: ({}, use) => use([]),

  errorWatch: [
    async ({ site, expected }, use) => {
      await site.withRedis();
      const errors: string[] = [];
      const logsBefore = site.logs.length;
      await use({
        watch(context) {
          context.on("weberror", (error) => errors.push(`page error: ${error.error().stack}`));
          context.on("console", (message) => {
            if (message.type() === "error")
              errors.push(
                `console.error: ${message.text()} (${message.location().url} on ${message.page()?.url()})`,
              );
          });
        },
      });
      for (const log of site.logs.slice(logsBefore))
        if (log.level >= ERROR) errors.push(`${log.source} logged: ${JSON.stringify(log)}`);
      const unexpected = errors.filter((line) => !expected.some((pattern) => pattern.test(line)));
      expect(unexpected, "browsers and servers report only the errors that the test expects").toEqual([]);
    },
    { auto: true },
  ],

  context: async ({ context, errorWatch }, use) => {
    errorWatch.watch(context);
    await use(context);
  },

  newReader: async ({ browser, site, errorWatch }, use) => {
    const opened: BrowserContext[] = [];
    await use(async (options = {}) => {
      const context = await browser.newContext({ baseURL: site.origin, userAgent: newAgent(), ...options });
      opened.push(context);
      errorWatch.watch(context);
      return context.newPage();
    });
    for (const context of opened) await context.close();
  },
});

export { expect };
