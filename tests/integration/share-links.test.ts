import pino from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { performAction } from "../../app/console/dispatch-action";
import { shareActions } from "../../app/pages/story-analytics/share/share-actions";
import {
  listShareLinks,
  MOST_LINKS,
  makeShareLink,
  openShareLink,
  revokeShareLink,
} from "../../app/pages/story-analytics/share/share-links";
import { loggedPath } from "../../app/platform/logged-path";
import { createTestDatabase } from "../support/services";
import { createStory } from "../support/views";

const DAY_MS = 86_400_000;
const now = new Date("2026-11-22T14:20:00Z");
const later = (ms: number) => new Date(now.getTime() + ms);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let storyId: number;
let otherStory: number;
let author: number;

beforeAll(async () => {
  database = await createTestDatabase();
  const made = await createStory(database.pool, "shared", 2);
  [storyId, author] = [made.story.id, made.authorId];
  otherStory = (await createStory(database.pool, "other")).story.id;
  await database.db.chapter.update({
    where: { storyId_number: { storyId, number: 2 } },
    data: { status: "DRAFT", title: "The secret ending" },
  });
});
afterAll(() => database?.drop());
beforeEach(() => database.db.shareLink.deleteMany());

const make = async (userId = author, days = 7) => {
  const token = await makeShareLink(database.db, { storyId, userId, label: "Press", days }, now);
  if (token === null) throw new Error("no link was made");
  return token;
};
const open = (token: string, at = now) => openShareLink(database.db, token, at);

describe("a share link", () => {
  it("opens its story until it expires, and shows no draft", async () => {
    const token = await make();
    expect(token).toMatch(/^[\w-]{43}$/);
    const story = await open(token, later(7 * DAY_MS - 1));
    expect(story).toMatchObject({ id: storyId, slug: "shared" });
    expect(story?.chapters.map(({ number }) => number)).toEqual([1]);
    expect(await open(token, later(7 * DAY_MS))).toBeNull();
    expect(await open(`${token.slice(0, -1)}_`)).toBeNull();
    expect(await open("")).toBeNull();
  });

  it("is kept as a hash only", async () => {
    const token = await make();
    const { rows } = await database.pool.query(`SELECT l::text AS row FROM "ShareLink" l`);
    expect(rows).toHaveLength(1);
    expect(rows[0].row).not.toContain(token);
    expect(rows[0].row).not.toContain(Buffer.from(token, "base64url").toString("hex"));
  });

  it("ends when it is revoked, by editors of this story only", async () => {
    const token = await make();
    const [link] = await listShareLinks(database.db, storyId);
    expect(await revokeShareLink(database.db, otherStory, link?.id ?? 0)).toBe(false);
    expect(await open(token)).not.toBeNull();
    expect(await revokeShareLink(database.db, storyId, link?.id ?? 0)).toBe(true);
    expect(await open(token)).toBeNull();
  });

  it("ends when its maker stops editing the story, loses the role or is disabled", async () => {
    const { db } = database;
    const { id } = await db.user.create({
      data: {
        ...{ email: "co@example.test", name: "Co", role: "EDITOR", passwordHash: "x" },
        editing: { create: { storyId } },
      },
    });
    const token = await make(id);
    const may = async () => (await open(token)) !== null;
    expect(await may()).toBe(true);
    await db.user.update({ where: { id }, data: { role: "READER" } });
    expect(await may()).toBe(false);
    await db.user.update({ where: { id }, data: { role: "EDITOR", disabledAt: now } });
    expect(await may()).toBe(false);
    await db.user.update({ where: { id }, data: { disabledAt: null } });
    expect(await may()).toBe(true);
    await db.storyEditor.deleteMany({ where: { userId: id } });
    expect(await may()).toBe(false);
  });

  it("notes when it was last opened, at most once a minute", async () => {
    const token = await make();
    const used = async () => (await listShareLinks(database.db, storyId))[0]?.usedAt;
    expect(await used()).toBeNull();
    await open(token, later(1000));
    await open(token, later(60_000));
    expect(await used()).toEqual(later(1000));
    await open(token, later(61_000));
    expect(await used()).toEqual(later(61_000));
  });

  it("is one of a limited number per story, also when several are made at once", async () => {
    const made = await Promise.all(
      Array.from({ length: MOST_LINKS + 3 }, () =>
        makeShareLink(database.db, { storyId, userId: author, label: "x", days: 1 }, now),
      ),
    );
    expect(made.filter((token) => token !== null)).toHaveLength(MOST_LINKS);
  });

  it("does not stand in logs and traces", () => {
    expect(loggedPath("/shared/abc-DEF_1")).toBe("/shared/<token>");
    expect(loggedPath("/story/shared/x")).toBe("/story/shared/x");
  });
});

describe("the page of tags and sharing", () => {
  const act = (intent: string, values: Record<string, string>, of = storyId) => {
    const action = shareActions({ storyId: of, origin: "https://site.test" })[intent];
    if (!action) throw new Error(`no action ${intent}`);
    const user = { id: author, name: "A", email: "author@example.test" };
    const log = pino({ level: "silent" });
    return performAction(
      action,
      { intent, ...values },
      { runtime: { db: database.db } as never, log, user, now },
    );
  };

  it("shows the address of a new link once, and it opens the story", async () => {
    const result = await act("make-link", { label: "Press", days: "30" });
    const [address = ""] = result.shownOnce ?? [];
    expect(address).toMatch(/^https:\/\/site\.test\/shared\//);
    expect(await open(address.split("/").at(-1) ?? "", later(29 * DAY_MS))).toMatchObject({ id: storyId });
  });

  it("refuses a link without a name, for another time, and one of another story", async () => {
    expect((await act("make-link", { label: " ", days: "30" })).errors).toHaveProperty("label");
    expect((await act("make-link", { label: "x", days: "9999" })).errors).toHaveProperty("days");
    await make();
    const [link] = await listShareLinks(database.db, storyId);
    expect((await act("revoke-link", { id: String(link?.id) }, otherStory)).ok).toBe(false);
    expect(await listShareLinks(database.db, storyId)).toHaveLength(1);
  });

  it("keeps tags in small letters, each once, and refuses those that are too long or too many", async () => {
    const tags = async () =>
      (await database.db.storyTag.findMany({ where: { storyId }, orderBy: { tag: "asc" } })).map(
        ({ tag }) => tag,
      );
    expect((await act("set-tags", { tags: " #Winter,  winter , sea   story,," })).ok).toBe(true);
    expect(await tags()).toEqual(["sea story", "winter"]);
    expect((await act("set-tags", { tags: "x".repeat(41) })).errors).toHaveProperty("tags");
    expect(
      (await act("set-tags", { tags: Array.from({ length: 21 }, (_, n) => n).join() })).errors,
    ).toHaveProperty("tags");
    expect(await tags()).toEqual(["sea story", "winter"]);
    await act("set-tags", { tags: "" });
    expect(await tags()).toEqual([]);
  });
});
