import type { Facts } from "../../app/alerts/facts";
import { findRuleType } from "../../app/alerts/rule-types/all-rules";
import { expect, test } from "./test";
import { postView, runSync, storyToRead } from "./views";

test("an operator finds a story and sees why its count is what it is, after real events", async ({
  site,
  page,
}) => {
  await runSync(site);
  const story = await storyToRead(site, 2);
  const ROBOT = { "user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)" };
  await fetch(site.origin + story.path, { method: "POST", headers: { ...ROBOT, origin: site.origin } });
  await postView(site.origin, story.path);
  // An outage: one view is counted in the database, and reconcile compares it once Redis is back.
  await site.withoutRedis();
  await postView(site.origin, story.path);
  await site.withRedis();
  await expect
    .poll(async () => {
      const [row] = await site.db.$queryRaw<{ rows: number }[]>`SELECT count(*)::int AS rows FROM "StoryView"
        WHERE "storyId" = ${story.target.id} AND "window" IS NOT NULL AND "reconciledAt" IS NOT NULL`;
      return row?.rows;
    })
    .toBeGreaterThan(0);
  await runSync(site);
  await expect
    .poll(() =>
      site.db.viewDetailHour.count({
        where: { storyId: story.target.id, dimension: "excluded", value: "robot" },
      }),
    )
    .toBeGreaterThan(0);
  const hour = new Date();
  hour.setUTCMinutes(0, 0, 0);
  await site.db.voidedViews.create({
    data: {
      storyId: story.target.id,
      fromHour: hour,
      toHour: hour,
      storyViews: 3,
      chapterViews: 2,
      reason: "made up by a script",
    },
  });

  await site.signIn(page.context(), "OPS");
  await page.goto("/admin");
  await page.getByRole("navigation", { name: "Operations" }).getByRole("link", { name: "Stories" }).click();
  await page
    .getByLabel("Words of the title or address")
    .fill(story.title.split(" ").at(-1)?.slice(0, 4) ?? "");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("table", { name: "Stories" }).getByRole("link", { name: story.title }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(story.title);
  await expect(page.getByText(/views? (was|were) counted in the last 7 days/)).toBeVisible();
  await expect(page.getByRole("table", { name: "Visits left out, by day and reason" })).toContainText(
    "Robots",
  );
  await expect(page.getByRole("table", { name: "Voided views" })).toContainText("made up by a script");
  const outages = page.getByRole("table", { name: "Outages that touched the story" });
  await expect(outages.getByRole("row").nth(1)).toContainText(/[1-9]/);
  await expect(
    page.getByText(/Redis was away .* in these days; \d+ views? of this story (was|were) counted/),
  ).toBeVisible();
  const { readCount } = await site.db.story.findUniqueOrThrow({ where: { slug: story.slug } });
  await expect(page.getByRole("table", { name: "What the total is made of" })).toContainText(
    new Intl.NumberFormat("en-GB").format(readCount),
  );

  // A former address leads to the present one.
  await site.db.story.update({ where: { slug: story.slug }, data: { slug: `${story.slug}-renamed` } });
  try {
    await page.goto(`/admin/stories/${story.slug}`);
    expect(new URL(page.url()).pathname).toBe(`/admin/stories/${story.slug}-renamed`);
    await expect(page.getByText(`before: ${story.slug}`)).toBeVisible();
    const json = await page.request.get(`/admin/stories/${story.slug}-renamed/account.json`);
    expect(await json.json()).toMatchObject({ total: Number(readCount), difference: { views: 0 } });
  } finally {
    await site.db.story.update({ where: { slug: `${story.slug}-renamed` }, data: { slug: story.slug } });
  }
  await page.goto("/admin/stories?q=nosuchstory");
  await expect(page.getByText("No story has these words in its title or address: nosuchstory")).toBeVisible();
});

test("the alert about a story's surge leads to what makes up its count", async ({ site, page }) => {
  const { slug, title } = await storyToRead(site, 3);
  const at = new Date();
  const surge = { story: { slug, title, hour: at, views: 900, usual: 12 } };
  const message = findRuleType("surge")?.evaluate({ now: at, surge } as Facts, {
    threshold: 10,
    windowSeconds: 0,
  }).message;
  const { id } = await site.db.alert.create({
    data: {
      ...{ rule: "surge", phase: "resolved", message: message ?? "", threshold: 10, value: 45 },
      ...{ pendingAt: at, firedAt: at, breachedAt: at, resolvedAt: at },
    },
  });
  await site.signIn(page.context(), "OPS");
  for (const path of ["/admin/alerts", `/admin/alerts/${id}`]) {
    await page.goto(path);
    await page.getByRole("link", { name: "The story’s count" }).click();
    await expect(page, path).toHaveURL(`/admin/stories/${slug}`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
  }
});
