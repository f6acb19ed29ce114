import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storyListCsv, storyListJson } from "../../app/pages/story-analytics/list/export-story-list";
import {
  listEditorStories,
  walkEditorStories,
} from "../../app/pages/story-analytics/list/list-editor-stories";
import { parseListSelection } from "../../app/pages/story-analytics/list/list-selection";
import { streamText } from "../../app/platform/csv";
import { createTestDatabase } from "../support/services";

const now = new Date("2026-11-22T14:20:00Z");
const HOUR = 3_600_000;
const hoursAgo = (hours: number) => new Date(Date.UTC(2026, 10, 22, 14) - hours * HOUR);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let editor: number;
let other: number;
/** Story ids by slug. */
const ids = new Map<string, number>();
/** Unsynced views by story id. */
const waiting = new Map<number, number>();

const sources = () => ({
  db: database.db,
  redisEnabled: true,
  readUnsynced: async () => new Map([...waiting].map(([id, views]) => [`story:${id}`, views])),
});
const list = (query = "", userId = editor) =>
  listEditorStories(sources(), userId, now, parseListSelection(new URLSearchParams(query)));
const slugs = async (query = "", userId = editor) =>
  (await list(query, userId)).stories.map(({ slug }) => slug);

/** [slug, title, views of this week, of the week before, readCount] */
const STORIES = [
  ["ash", "ash and Salt", 10, 40, 900],
  ["bell", "The Bell_Tower", 30, 10, 100],
  ["cove", "Cove", 20, 0, 500],
] as const;

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  const user = (name: string) =>
    db.user.create({ data: { email: `${name}@example.test`, name, role: "EDITOR", passwordHash: "x" } });
  editor = (await user("editor")).id;
  other = (await user("other")).id;
  for (const [slug, title, week, before, readCount] of STORIES) {
    const { id } = await db.story.create({
      data: {
        slug,
        title,
        blurb: "",
        genre: slug === "cove" ? "Seafaring" : "",
        authorId: editor,
        status: "PUBLISHED",
        readCount,
      },
    });
    ids.set(slug, id);
    const hour = (hours: number, views: number, source = "db") => ({
      kind: "story",
      targetId: id,
      hour: hoursAgo(hours),
      source,
      views,
    });
    await db.viewHour.createMany({
      // The first and the last hour of both weeks, and the ones beside them.
      data: [
        hour(0, week - 1),
        hour(167, 1),
        hour(168, before),
        hour(335, 0),
        hour(336, 5000),
        hour(-1, 7000),
      ],
    });
  }
  const theirs = await db.story.create({
    data: { slug: "theirs", title: "Salt of others", blurb: "", authorId: other },
  });
  await db.storyTag.create({ data: { storyId: theirs.id, tag: "secret" } });
  await db.story.create({
    data: {
      slug: "draft",
      title: "Draft",
      blurb: "",
      authorId: other,
      publishedAt: new Date("2027-01-01T00:00:00Z"),
      editors: { create: { userId: editor } },
      chapters: {
        create: [
          { number: 1, title: "Was planned", body: "", publishedAt: hoursAgo(5) },
          { number: 2, title: "Soon", body: "", publishedAt: hoursAgo(-48) },
          { number: 3, title: "Is out", body: "", publishedAt: hoursAgo(-24), status: "PUBLISHED" },
        ],
      },
    },
  });
  await db.storyTag.createMany({
    data: [
      { storyId: ids.get("bell") ?? 0, tag: "winter" },
      { storyId: ids.get("ash") ?? 0, tag: "winter serial" },
    ],
  });
});
afterAll(() => database?.drop());

describe("an editor's list", () => {
  it("is sorted by each column in the address, both ways, unknown changes and dates last", async () => {
    expect(await slugs()).toEqual(["bell", "cove", "ash", "draft"]);
    expect(await slugs("order=up")).toEqual(["draft", "ash", "cove", "bell"]);
    expect(await slugs("sort=title")).toEqual(["ash", "cove", "draft", "bell"]);
    expect(await slugs("sort=total")).toEqual(["ash", "cove", "bell", "draft"]);
    expect(await slugs("sort=before")).toEqual(["ash", "bell", "cove", "draft"]);
    expect(await slugs("sort=change")).toEqual(["bell", "ash", "cove", "draft"]);
    expect(await slugs("sort=change&order=up")).toEqual(["ash", "bell", "cove", "draft"]);
    expect((await slugs("sort=next"))[0]).toBe("draft");
    expect(await slugs("sort=constructor&order=sideways&page=-1")).toEqual(await slugs());
  });

  it("counts unsynced views in each number, in the order and in the sums", async () => {
    waiting.set(ids.get("cove") ?? 0, 15);
    try {
      const page = await list();
      expect(page.stories.map(({ slug, lastWeek }) => [slug, lastWeek])).toEqual([
        ["cove", 35],
        ["bell", 30],
        ["ash", 10],
        ["draft", 0],
      ]);
      expect(page.all).toEqual({ stories: 4, counted: 1500, unsynced: 15, lastWeek: 75 });
    } finally {
      waiting.clear();
    }
  });

  it("finds words in title, genre and tags, and takes no sign of a pattern as one", async () => {
    expect(await slugs("q=SALT")).toEqual(["ash"]);
    expect(await slugs("q=sea")).toEqual(["cove"]);
    expect(await slugs("q=winter")).toEqual(["bell", "ash"]);
    expect(await slugs("q=winter+salt")).toEqual(["ash"]);
    expect(await slugs("q=l_t")).toEqual(["bell"]);
    expect(await slugs("q=%25")).toEqual([]);
    expect(await slugs("tag=winter")).toEqual(["bell"]);
    const none = await list("q=nowhere");
    expect([none.matching, none.all.stories]).toEqual([0, 4]);
  });

  it("names the nearest date of a draft that is to come, and of no chapter that is out", async () => {
    const next = async () => (await list("sort=title")).stories.find(({ slug }) => slug === "draft")?.next;
    expect(await next()).toEqual({ chapter: 2, title: "Soon", at: hoursAgo(-48) });
    await database.db.chapter.updateMany({ where: { number: 2 }, data: { publishedAt: null } });
    expect(await next()).toEqual({ chapter: null, title: "Draft", at: new Date("2027-01-01T00:00:00Z") });
  });

  it("has nothing of another editor's: stories, tags, sums", async () => {
    const mine = await list();
    expect(mine.tags).toEqual(["winter", "winter serial"]);
    expect(await slugs("tag=secret")).toEqual([]);
    expect((await slugs("", other)).sort()).toEqual(["draft", "theirs"]);
    expect((await list("", other)).all.counted).toBe(0);
  });

  it("exports what the page shows, in its order, and all pages of it", async () => {
    const { db } = database;
    const many = await db.user.create({
      data: { email: "many@example.test", name: "M", role: "EDITOR", passwordHash: "x" },
    });
    await db.story.createMany({
      data: Array.from({ length: 120 }, (_, n) => ({
        slug: `m-${n}`,
        title: `=Many "${n}"`,
        blurb: "",
        authorId: many.id,
        readCount: n,
      })),
    });
    const query = "sort=total&q=many";
    const first = await list(query, many.id);
    const shown = [
      first,
      await list(`${query}&page=2`, many.id),
      await list(`${query}&page=3`, many.id),
    ].flatMap(({ stories }) => stories);
    expect([first.pages, shown.length, new Set(shown.map(({ id }) => id)).size]).toEqual([3, 120, 120]);
    const read = (parts: AsyncIterable<string>) => new Response(streamText(parts)).text();
    const walk = () =>
      walkEditorStories(sources(), many.id, now, parseListSelection(new URLSearchParams(`${query}&page=2`)));
    const csv = (await read(storyListCsv(walk()))).split("\r\n");
    expect(csv[1]).toBe(`"m-119","'=Many ""119""","draft",0,119,0,0,0,,""`);
    expect(csv.slice(1, -1).map((line) => line.split(",")[0])).toEqual(shown.map(({ slug }) => `"${slug}"`));
    const json = JSON.parse(await read(storyListJson(walk(), now)));
    expect(json.stories).toEqual(JSON.parse(JSON.stringify(shown.map(({ id: _id, ...story }) => story))));
  });

  it("says that the sync is paused, and until when", async () => {
    const paused = { pausedUntil: "2026-11-22T16:00:00Z", pausedReason: "maintenance" };
    const at = (time: Date) => listEditorStories({ ...sources(), sync: paused }, editor, time);
    expect((await at(now)).pause).toEqual({ until: new Date("2026-11-22T16:00:00Z"), reason: "maintenance" });
    expect((await at(new Date("2026-11-22T16:00:00Z"))).pause).toBeNull();
  });
});
