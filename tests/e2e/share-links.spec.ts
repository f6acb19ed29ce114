import { hydrated } from "./hydrated";
import { expect, test } from "./test";

test("an editor shares a story's views by a link, which ends when it is revoked", async ({
  site,
  page,
  browser,
  expected,
}) => {
  expected.push(/Failed to load resource: the server responded with a status of 404/);
  const editor = site.accounts.find(({ role }) => role === "EDITOR")?.email ?? "";
  const story = await site.db.story.findFirstOrThrow({
    where: { author: { email: editor }, status: "PUBLISHED", chapters: { some: { status: "PUBLISHED" } } },
  });
  await site.signIn(page.context(), editor);
  await page.goto(`/editor/stories/${story.slug}/share`);
  await hydrated(page);
  await page.getByLabel("For whom").fill("The press");
  await page.getByRole("button", { name: "Make a link" }).click();
  const address = (await page.getByLabel("Share link", { exact: true }).textContent()) ?? "";
  expect(address).toContain("/shared/");
  await page.reload();
  await expect(page.getByText(address)).toHaveCount(0);

  const stranger = await browser.newContext();
  const shared = await stranger.newPage();
  const response = await shared.goto(address);
  expect(response?.status()).toBe(200);
  expect(response?.headers()).toMatchObject({
    "referrer-policy": "no-referrer",
    "cache-control": "private, no-store",
  });
  await expect(shared.getByRole("heading", { level: 1 })).toHaveText(story.title);
  await expect(shared.getByRole("link", { name: "90 days" })).toBeVisible();
  await expect(shared.locator('a[href*="/editor"]')).toHaveCount(0);
  await shared.getByRole("link", { name: "90 days" }).click();
  await expect(shared).toHaveURL(`${address}?range=90d`);
  // The link opens nothing else.
  for (const path of [`/editor/stories/${story.slug}`, `/editor/stories/${story.slug}/views.csv`, "/editor"])
    expect((await stranger.request.get(site.origin + path, { maxRedirects: 0 })).status(), path).toBe(302);

  await page.reload();
  await hydrated(page);
  await page.getByRole("button", { name: "Revoke the link for The press" }).click();
  await expect(page.getByText("The link is revoked, and does not work any more.")).toBeVisible();
  expect((await stranger.request.get(address)).status()).toBe(404);
  await stranger.close();
});

test("the list is sorted, searched and tagged without JavaScript", async ({ site, browser }) => {
  const editor = site.accounts.find(({ role }) => role === "EDITOR")?.email ?? "";
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: site.origin });
  const page = await context.newPage();
  await site.signIn(context, editor);
  await page.goto("/editor");
  const titles = () =>
    page
      .getByRole("table", { name: "Your stories" })
      .getByRole("rowheader")
      .getByRole("link")
      .allTextContents();
  await page.getByRole("link", { name: "Story", exact: true }).click();
  const sorted = await titles();
  expect(sorted).toEqual([...sorted].sort((a, b) => a.toLowerCase().localeCompare(b.toLowerCase(), "en")));
  await expect(page.getByRole("columnheader", { name: /^Story/ })).toHaveAttribute("aria-sort", "ascending");
  const [first = ""] = sorted;
  await page.getByRole("link", { name: first }).click();
  await page.getByRole("link", { name: "Tags and sharing" }).click();
  await page.getByLabel("Tags, separated by commas").fill("Winter Serial");
  await page.getByRole("button", { name: "Save tags" }).click();
  await expect(page.getByText("The story has 1 tag now.")).toBeVisible();
  await page.goto("/editor");
  await page.getByLabel("Title, genre or tag").fill("winter");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByText("1 story matches.")).toBeVisible();
  await expect(page.getByRole("link", { name: first })).toBeVisible();
  await context.close();
});
