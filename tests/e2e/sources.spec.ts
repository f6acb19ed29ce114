import { expect, test } from "./test";
import { nextOutcome, runSync, storyToRead } from "./views";

test("a link's campaign shows on the editor's page, and filters its chart and tables", async ({
  site,
  page,
  newReader,
  expected,
}) => {
  const story = await storyToRead(site, 1);
  const chapter = story.chapters[0];
  if (!chapter) throw new Error(`${story.title} has no chapter`);
  const link = `${story.path}?utm_source=Tidings&utm_medium=email&utm_campaign=Spring%20Issue`;
  await Promise.all([nextOutcome(page, story.path), page.goto(link)]);
  // The page after it came from this site, and the story counts once.
  const read = nextOutcome(page, chapter.path);
  await page.getByRole("link", { name: chapter.title }).first().click();
  expect((await read).counted).toBe(true);
  const friend = await newReader();
  await Promise.all([nextOutcome(friend, story.path), friend.goto(`${story.path}?ref=%3Cb%3Efriends`)]);
  await runSync(site);

  await site.signIn(page.context(), story.author.email);
  await page.goto(`/editor/stories/${story.slug}/sources?range=48h`);
  const sources = page.getByRole("group", { name: "Source, views" });
  await expect(sources.getByRole("row", { name: "spring-issue (tidings, email)" })).toContainText("1");
  await expect(sources.getByRole("link", { name: "b-friends", exact: true })).toBeVisible();

  await page
    .getByRole("group", { name: "Channel, views" })
    .getByRole("link", { name: "Newsletters and e-mail" })
    .click();
  await expect(page).toHaveURL(/\/sources\?range=48h&channel=newsletter$/);
  await expect(
    page.getByRole("heading", { name: /^Newsletters and e-mail: \d+ views? in the last 48 hours/ }),
  ).toBeVisible();
  await expect(sources.getByRole("link", { name: "b-friends", exact: true })).toHaveCount(0);

  await sources.getByRole("link", { name: "spring-issue (tidings, email)" }).click();
  await expect(page).toHaveURL(/source=campaign/);
  const title = page.getByRole("heading", {
    name: "spring-issue (tidings, email): 1 view in the last 48 hours",
  });
  await expect(title).toBeVisible();
  // The filter is in the address, and survives another range.
  await page.reload();
  await expect(title).toBeVisible();
  await page.getByRole("navigation", { name: "Range" }).getByRole("link", { name: "30 days" }).click();
  await expect(
    page.getByRole("heading", { name: "spring-issue (tidings, email): 1 view in the last 30 days" }),
  ).toBeVisible();
  await page.getByRole("link", { name: "Show all sources" }).click();
  await expect(page).toHaveURL(/\/sources\?range=30d$/);
  await expect(sources.getByRole("link", { name: "b-friends", exact: true })).toBeVisible();

  // Another editor learns nothing of it, not even that it exists.
  expected.push(/status of 404/);
  const others = await site.db.user.findMany({
    where: { role: "EDITOR", email: { not: story.author.email } },
    select: { id: true, email: true },
  });
  const refused: string[] = [];
  for (const { id, email } of others) {
    if ((await site.db.story.count({ where: { slug: story.slug, editors: { some: { userId: id } } } })) > 0)
      continue;
    const editor = await newReader();
    await site.signIn(editor.context(), email);
    const answer = await editor.goto(
      `/editor/stories/${story.slug}/sources?source=campaign%3Atidings%2Femail%2Fspring-issue`,
    );
    expect(answer?.status()).toBe(404);
    expect(await editor.content()).not.toContain("spring-issue (");
    refused.push(email);
  }
  expect(refused).not.toEqual([]);
});
