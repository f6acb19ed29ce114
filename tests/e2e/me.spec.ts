import { expect, test } from "./test";
import { chapterOf, listenForViews, storyToRead, total, visit } from "./views";

for (const who of [null, "READER"] as const)
  for (const store of ["Redis", "the database"] as const)
    test(`a reader who is ${who ? "signed in" : "signed out"} opts out and back in while views are counted in ${store}`, async ({
      site,
      page,
    }) => {
      await (store === "Redis" ? site.withRedis() : site.withoutRedis());
      try {
        if (who) await site.signIn(page.context(), who);
        const chapter = chapterOf(await storyToRead(site, who ? 1 : 0), store === "Redis" ? 1 : 2);
        const before = store === "Redis" ? await total(site, chapter.target) : 0;
        await page.goto("/me");
        await page.getByRole("button", { name: "Do not count my views" }).click();
        await expect(page.getByText("None of your views counts: you opted out.")).toBeVisible();
        expect(await visit(page, chapter)).toMatchObject({
          counted: false,
          reason: "opted-out",
          path: "none",
        });
        if (store === "Redis") expect(await total(site, chapter.target)).toBe(before);

        await page.getByRole("contentinfo").getByRole("link", { name: "Your data" }).click();
        await expect(page).toHaveURL(`/me?page=${encodeURIComponent(chapter.path)}`);
        await expect(page.locator("[data-state]").first()).toHaveAttribute(
          "data-state",
          // While Redis is away, it may know of a view from before.
          store === "Redis" ? "not-counted" : "unknown",
        );
        await page.getByRole("button", { name: "Count my views again" }).click();
        await expect(page.getByRole("button", { name: "Do not count my views" })).toBeVisible();
        // Each web process recognises a signed-in reader for five seconds without asking.
        await expect
          .poll(async () => (await visit(page, chapter)).reason ?? "counted", {
            timeout: 15_000,
            intervals: [1000],
          })
          .not.toBe("opted-out");

        await page.getByRole("contentinfo").getByRole("link", { name: "Your data" }).click();
        await expect(page.locator("[data-state]").first()).toHaveAttribute("data-state", "counted");
        await expect(page.getByText(/^Counted on .* Another view counts from/).first()).toBeVisible();
      } finally {
        await site.withRedis();
      }
    });

test("an account's choice holds in a browser that never made it", async ({ site, page, newReader }) => {
  await site.signIn(page.context(), "EDITOR");
  await page.goto("/me");
  await page.getByRole("button", { name: "Do not count my views" }).click();
  const other = await newReader();
  await site.signIn(other.context(), "EDITOR");
  const stories = await Promise.all([0, 1, 2].map((index) => storyToRead(site, index)));
  const editor = site.accounts.find(({ role }) => role === "EDITOR")?.email;
  const foreign = stories.find(({ author }) => author.email !== editor) ?? stories[0];
  if (!foreign) throw new Error("the site has no story");
  const outcome = await visit(other, chapterOf(foreign, 1));
  expect(["opted-out", "author"]).toContain(outcome.reason);
  await page.goto("/me");
  await page.getByRole("button", { name: "Count my views again" }).click();
  await expect(page.getByRole("button", { name: "Do not count my views" })).toBeVisible();
});

test("the pages about privacy send no view, work without JavaScript, and no cache keeps /me", async ({
  site,
  browser,
  page,
}) => {
  const sent = listenForViews(page);
  await page.goto("/privacy");
  await expect(page.getByRole("heading", { name: "Privacy", level: 1 })).toBeVisible();
  const response = await page.goto("/me");
  expect(response?.headers()["cache-control"]).toBe("private, no-store");
  expect(sent).toEqual([]);

  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: site.origin });
  const plain = await context.newPage();
  await plain.goto("/me");
  await plain.getByRole("button", { name: "Do not count my views" }).click();
  await expect(plain.getByText("None of your views counts: you opted out.")).toBeVisible();
  await plain.getByRole("button", { name: "Count my views again" }).click();
  await expect(plain.getByText(/Your first view of each page counts/)).toBeVisible();
  await context.close();
});

test("/me says what a privacy signal does here, and that an author's own pages do not count", async ({
  site,
  page,
}) => {
  await page.setExtraHTTPHeaders({ "Sec-GPC": "1" });
  await page.goto("/me");
  await expect(page.getByText(/Your browser sends Global Privacy Control/)).toBeVisible();
  await page.setExtraHTTPHeaders({});
  const story = await storyToRead(site);
  await site.signIn(page.context(), story.author.email);
  await page.goto(`/me?page=${encodeURIComponent(story.path)}`);
  await expect(page.locator("[data-state]").first()).toHaveAttribute("data-state", "author");
});

test("a form of another kind changes nothing", async ({ request, site }) => {
  const answer = await request.post(`${site.origin}/me`, { form: { intent: "other" }, maxRedirects: 0 });
  expect(answer.status()).toBe(400);
  expect(answer.headers()["set-cookie"]).toBeUndefined();
});
