import { chapterPath, storyPath } from "../../app/shared/story-paths";
import { expect, test } from "./test";
import { chapterOf, nextOutcome, postView, storyToRead, total, visit } from "./views";

test("a renamed story keeps its readers: old links redirect, an open page still counts, and so does a link in another spelling", async ({
  page,
  site,
  newReader,
}) => {
  const story = await storyToRead(site, 2);
  const chapter = chapterOf(story, 1);
  const before = await total(site, chapter.target);
  const rename = (slug: string) => site.db.story.update({ where: { id: story.target.id }, data: { slug } });
  await visit(page, chapter);
  await rename("e\u0301tude no 1");
  try {
    const renamed = "\u00e9tude no 1";
    // The open page of before still knows the old address only.
    await expect
      .poll(async () => (await postView(site.origin, chapter.path)).counted, { timeout: 10_000 })
      .toBe(true);
    expect((await total(site, chapter.target)) - before).toBe(2);
    for (const [from, to] of [
      [story.path, storyPath(renamed)],
      [`${chapter.path}?from=mail`, `${chapterPath(renamed, 1)}?from=mail`],
      [chapterPath("e\u0301tude no 1", 1), chapterPath(renamed, 1)],
    ]) {
      const answer = await page.request.get(from as string, { maxRedirects: 0 });
      expect([answer.status(), answer.headers().location], from).toEqual([301, to]);
    }
    expect(await postView(site.origin, chapterPath("e\u0301tude no 1", 1))).toMatchObject({ counted: true });

    const reader = await newReader();
    const [outcome] = await Promise.all([
      nextOutcome(reader, chapterPath(renamed, 1)),
      reader.goto(chapter.path),
    ]);
    expect(outcome).toMatchObject({ counted: true });
    await expect(reader).toHaveURL(chapterPath(renamed, 1));
    await expect(reader.locator("link[rel=canonical]")).toHaveAttribute(
      "href",
      site.origin + chapterPath(renamed, 1),
    );
    expect((await total(site, chapter.target)) - before).toBe(4);
    expect((await page.request.get("/story/never-was")).status()).toBe(404);
  } finally {
    await rename(story.slug);
  }
});

test("an editor's bookmark of a renamed story still opens its analytics", async ({ page, site }) => {
  const story = await storyToRead(site, 2);
  await site.signIn(page.context(), story.author.email);
  const rename = (slug: string) => site.db.story.update({ where: { id: story.target.id }, data: { slug } });
  await rename("another-name");
  try {
    await page.goto(`/editor/stories/${story.slug}?range=48h`);
    await expect(page).toHaveURL("/editor/stories/another-name?range=48h");
    expect((await page.request.get(`/editor/stories/${story.slug}/views.csv`)).url()).toContain(
      "/editor/stories/another-name/views.csv",
    );
  } finally {
    await rename(story.slug);
  }
});
