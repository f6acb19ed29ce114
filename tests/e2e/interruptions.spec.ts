import type { Page } from "@playwright/test";
import { hydrated } from "./hydrated";
import { expect, test } from "./test";
import { chapterOf, storyToRead, visit } from "./views";

declare global {
  interface Window {
    /** Set by a test, to see whether the document was replaced. */
    sameDocument?: boolean;
  }
}

const mark = (page: Page) =>
  page.evaluate(() => {
    window.sameDocument = true;
  });
const isMarked = (page: Page) => page.evaluate(() => window.sameDocument === true);
const notice = (page: Page) => page.getByRole("status").filter({ hasText: "The page did not open" });

test("offline, a link keeps the chapter and says what happened; trying again opens it", async ({
  page,
  site,
  expected,
}) => {
  expected.push(/net::ERR_INTERNET_DISCONNECTED|Failed to fetch/);
  const story = await storyToRead(site, 0);
  const [first, second] = [chapterOf(story, 1), chapterOf(story, 2)];
  await visit(page, first);
  await hydrated(page);
  await page.waitForLoadState("networkidle");
  await mark(page);
  await page.context().setOffline(true);
  // The next chapter needs its data, and the story's page its script too.
  for (const link of [page.locator("a[rel=next]"), page.locator("main header a").first()]) {
    await link.click();
    await expect(notice(page)).toContainText("You are offline.");
    await expect(page.locator("h1")).toHaveText(first.title);
    await expect(page).toHaveURL(first.path);
  }
  await page.getByRole("button", { name: "Close" }).click();
  await expect(notice(page)).toBeHidden();
  await page.locator("a[rel=next]").click();
  await expect(notice(page)).toBeVisible();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(notice(page)).toBeVisible();
  await page.context().setOffline(false);
  await expect(notice(page), "nothing is opened by itself").toBeVisible();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator("h1")).toHaveText(second.title);
  await expect(page).toHaveURL(second.path);
  await expect(notice(page)).toBeHidden();
  expect(await isMarked(page)).toBe(true);
});

test("a proxy without a site behind it keeps the chapter", async ({ page, site, expected }) => {
  expected.push(/502/);
  const story = await storyToRead(site, 0);
  await visit(page, chapterOf(story, 1));
  await page.waitForLoadState("networkidle");
  await page.route("**/*_data*", (route) => route.fulfill({ status: 502, body: "Bad Gateway" }), {
    times: 1,
  });
  await page.locator("a[rel=next]").click();
  await expect(notice(page)).toContainText("The site could not be reached.");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator("h1")).toHaveText(chapterOf(story, 2).title);
});

test("a page of the version before opens the page that the reader wants, when its script is gone", async ({
  page,
  site,
  expected,
}) => {
  expected.push(/404/);
  const story = await storyToRead(site, 0);
  await visit(page, story);
  await page.waitForLoadState("networkidle");
  await mark(page);
  await page.route("**/assets/story._slug_.chapter*", (route) => route.fulfill({ status: 404 }), {
    times: 1,
  });
  await page.getByRole("link", { name: /^Start with/ }).click();
  await expect(page).toHaveURL(chapterOf(story, 1).path);
  await expect(page.locator("h1")).toHaveText(chapterOf(story, 1).title);
  expect(await isMarked(page)).toBe(false);
});

test("a page of the version before opens the page that the reader wants, when the routes have changed", async ({
  page,
  site,
}) => {
  const story = await storyToRead(site, 0);
  await page.route("**/__manifest*", (route) =>
    route.fulfill({ status: 204, headers: { "X-Remix-Reload-Document": "true" } }),
  );
  await visit(page, chapterOf(story, 1));
  await page.waitForLoadState("networkidle");
  await mark(page);
  const titles: string[] = [];
  await page.exposeFunction("heading", (title: string) => titles.push(title));
  await page.evaluate(() =>
    new MutationObserver(() =>
      (window as unknown as { heading(title: string): void }).heading(
        document.querySelector("h1")?.textContent ?? "",
      ),
    ).observe(document.body, { childList: true, subtree: true }),
  );
  await page.locator("a[rel=next]").click();
  await expect(page.locator("h1")).toHaveText(chapterOf(story, 2).title);
  await expect(page).toHaveURL(chapterOf(story, 2).path);
  expect(await isMarked(page)).toBe(false);
  expect(titles).not.toContain("Something went wrong");
});
