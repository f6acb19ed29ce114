import { afterAll, beforeAll, expect, it } from "vitest";
import { readChapter } from "../../app/pages/reading/read-chapter";
import { readStory } from "../../app/pages/reading/read-story";
import { readingTime } from "../../app/shared/reading-time";
import { createTestDatabase } from "../support/services";
import { createStory } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

it("the words of a chapter are counted when it is written, and shown with it and in its story", async () => {
  const { chapters } = await createStory(database.pool, "words", 2);
  const sources = { pools: { pages: database.pool }, readUnsynced: async () => null };
  const body = `${"one — two\n\n".repeat(300)} end`;
  await database.db.chapter.update({ where: { id: chapters[0]?.id }, data: { body } });
  // An update of something else leaves them.
  await database.db.chapter.update({ where: { id: chapters[0]?.id }, data: { readCount: 7 } });
  expect((await readChapter(sources, null, "words", "1"))?.chapter.words).toBe(901);
  const story = await readStory(sources, null, "words");
  expect(story?.story.chapters.map(({ words }) => words)).toEqual([901, 1]);
});

it("a reading time is in whole minutes, and missing for no words", () => {
  expect([0, 1, 230, 2000].map(readingTime)).toEqual([null, "1 min", "1 min", "9 min"]);
});
