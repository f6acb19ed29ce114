import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { readMostRead } from "../../app/pages/reading/read-most-read";
import { rankMostRead } from "../../app/stores/postgres/rank-most-read";
import { HOUR_MS } from "../../app/tracker/window";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
const ids = new Map<string, number>();
const NOW = Date.UTC(2026, 10, 20, 15, 30);
const NONE = { views: new Map<number, number>(), oldestAt: null, syncRun: null };
const id = (slug: string) => ids.get(slug) ?? 0;
const slugs = async (period: "day" | "week" | "all") =>
  (await readMostRead(database))[period]?.stories.map(({ slug, reads }) => `${slug} ${reads}`);

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  const author = await db.user.create({ data: { name: "A", email: "a@example.test", passwordHash: "" } });
  for (const [slug, readCount, status] of [
    ["old", 500, "PUBLISHED"],
    ["new", 40, "PUBLISHED"],
    ["recent", 60, "PUBLISHED"],
    ["draft", 900, "DRAFT"],
    ["unread", 0, "PUBLISHED"],
  ] as const)
    ids.set(
      slug,
      (
        await db.story.create({
          data: { slug, title: slug, blurb: "", readCount, status, authorId: author.id },
        })
      ).id,
    );
  const hour = (slug: string, hoursAgo: number, views: number) => ({
    ...{ kind: "story", source: "redis", targetId: id(slug), views },
    hour: new Date(Math.floor((NOW - hoursAgo * HOUR_MS) / HOUR_MS) * HOUR_MS),
  });
  await db.viewHour.createMany({
    data: [hour("old", 400, 500), hour("new", 3, 40), hour("recent", 50, 60), hour("draft", 1, 900)],
  });
});
beforeEach(() => database.db.mostRead.deleteMany());
afterAll(() => database?.drop());

it("ranks published stories of a day, a week and all time, with the views that wait in Redis", async () => {
  await rankMostRead(database.pool, NONE, NOW);
  expect(await slugs("day")).toEqual(["new 40"]);
  expect(await slugs("week")).toEqual(["recent 60", "new 40"]);
  expect(await slugs("all")).toEqual(["old 500", "recent 60", "new 40"]);
  expect((await readMostRead(database)).all?.asOf).toBe(new Date(NOW).toISOString());

  const waiting = { views: new Map([[id("unread"), 70]]), oldestAt: NOW - HOUR_MS, syncRun: 0 };
  await rankMostRead(database.pool, waiting, NOW + 2 * HOUR_MS);
  expect(await slugs("day")).toEqual(["unread 70", "new 40"]);
});

it("keeps the last order while Redis is away, and where views have waited for longer than the period", async () => {
  await rankMostRead(database.pool, NONE, NOW);
  await rankMostRead(database.pool, null, NOW + 2 * HOUR_MS);
  expect((await readMostRead(database)).day?.asOf).toBe(new Date(NOW).toISOString());

  const paused = { views: new Map([[id("unread"), 70]]), oldestAt: NOW - 30 * HOUR_MS, syncRun: 0 };
  await rankMostRead(database.pool, paused, NOW + 2 * HOUR_MS);
  expect(await slugs("day"), "the waiting views may be of any hour").toEqual(["new 40"]);
  expect(await slugs("week")).toEqual(["unread 70", "recent 60", "new 40"]);
});

it("keeps the last order when a sync has started since the waiting views were read: it may have moved them", async () => {
  await rankMostRead(database.pool, NONE, NOW);
  const { id: syncRun } = await database.db.syncRun.create({ data: { trigger: "manual" } });
  const read = { views: new Map([[id("unread"), 70]]), oldestAt: NOW - HOUR_MS, syncRun: syncRun - 1 };
  await rankMostRead(database.pool, read, NOW + 2 * HOUR_MS);
  expect(await slugs("day")).toEqual(["new 40"]);
  await rankMostRead(database.pool, { ...read, syncRun }, NOW + 2 * HOUR_MS);
  expect(await slugs("day")).toEqual(["unread 70", "new 40"]);
  await database.db.syncRun.deleteMany();
});

it("ranks a week again after an hour, and leaves out a story that was withdrawn at once", async () => {
  await rankMostRead(database.pool, NONE, NOW);
  await rankMostRead(database.pool, NONE, NOW + HOUR_MS / 2);
  const lists = await readMostRead(database);
  expect(lists.day?.asOf).toBe(new Date(NOW + HOUR_MS / 2).toISOString());
  expect(lists.week?.asOf).toBe(new Date(NOW).toISOString());
  const { db } = database;
  await db.story.update({ where: { slug: "new" }, data: { status: "DRAFT" } });
  expect(await slugs("week")).toEqual(["recent 60"]);
  await db.story.update({ where: { slug: "new" }, data: { status: "PUBLISHED" } });
});
