import { expect, test } from "./test";
import { storyToRead } from "./views";

test.describe("an editor in Berlin", () => {
  test.use({ timezoneId: "Europe/Berlin" });

  test("selects any days, a unit and a comparison, in their own time zone", async ({ page, site }) => {
    const story = await storyToRead(site);
    await site.signIn(page.context(), story.author.email);
    const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    await page.goto(`/editor/stories/${story.slug}`);
    const views = page.getByRole("region", { name: "Views over time" });
    await expect(views.getByText("Days, weeks and months are those of Europe/Berlin.")).toBeVisible();
    await expect(views.getByText(/^Today so far: /)).toBeVisible();

    await views.getByLabel("Compare with").selectOption("previous");
    await expect(page).toHaveURL(/compare=previous/);
    await views.getByLabel("From").fill(day(20));
    await views.getByLabel("to", { exact: true }).fill(day(3));
    await views.getByRole("button", { name: "Show", exact: true }).click();
    await expect(page).toHaveURL(/range=custom/);
    await expect(views.getByText("(previous period)").first()).toBeVisible();
    await views.getByRole("combobox", { name: "By", exact: true }).selectOption("week");
    await expect(page).toHaveURL(/by=week/);
    await expect(views.getByText("Whole story: counted views per week")).toBeVisible();
    await expect(page).toHaveURL(new RegExp(`from=${day(20)}`));

    await page.goto(`/editor/stories/${story.slug}?range=custom&from=${day(3)}&to=${day(20)}`);
    await expect(views.getByRole("alert")).toHaveText("The last day must not be before the first.");
    // Once the browser has said its zone, the server's first answer is in it.
    expect(await (await page.request.get(`/editor/stories/${story.slug}`)).text()).toContain("Europe/Berlin");
  });

  test("keeps half-typed days when the page refreshes itself", async ({ page, site }) => {
    const story = await storyToRead(site);
    await site.signIn(page.context(), story.author.email);
    await page.goto(`/editor/stories/${story.slug}`);
    const from = page.getByLabel("From");
    await expect(page.getByText("those of Europe/Berlin")).toBeVisible();
    await from.fill("2026-01-02");
    const refreshed = page.waitForResponse((response) => response.url().includes("_data="));
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await refreshed;
    await expect(from).toHaveValue("2026-01-02");
  });
});
