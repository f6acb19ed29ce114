import { expect, type Page } from "@playwright/test";
import { withNumbers } from "../../app/platform/row-numbers";
import { chapterPath, storyPath } from "../../app/shared/story-paths";
import type { Outcome } from "../../app/tracker/outcome";
import { shardOf, shardTag } from "../../app/tracker/shard";
import type { PlacedTarget } from "../../app/tracker/view";
import type { Site } from "./site";
import { newAgent } from "./test";

/** A page to read: its path, title and target. */
export interface Readable {
  path: string;
  title: string;
  target: PlacedTarget;
}

export interface StoryToRead extends Readable {
  slug: string;
  author: { name: string; email: string };
  chapters: (Readable & { number: number })[];
}

/** A published story of the seed with its published chapters; index 0 is the story that was created first. */
export async function storyToRead(site: Site, index = 0): Promise<StoryToRead> {
  const story = await site.db.story.findFirstOrThrow({
    where: { status: "PUBLISHED" },
    orderBy: { id: "asc" },
    skip: index,
    include: {
      author: true,
      chapters: { where: { status: "PUBLISHED" }, orderBy: { number: "asc" }, omit: { body: true } },
    },
  });
  return {
    slug: story.slug,
    title: story.title,
    author: story.author,
    path: storyPath(story.slug),
    target: { kind: "story", id: story.id, storyId: story.id },
    chapters: story.chapters.map((chapter) => ({
      number: chapter.number,
      title: chapter.title,
      path: chapterPath(story.slug, chapter.number),
      target: { kind: "chapter" as const, id: chapter.id, storyId: story.id },
    })),
  };
}

/** Chapter `number` of a story. */
export function chapterOf(story: StoryToRead, number: number) {
  const chapter = story.chapters.find((each) => each.number === number);
  if (!chapter) throw new Error(`${story.title} has no chapter ${number}`);
  return chapter;
}

/** A target's counts in Postgres. */
export async function stored(site: Site, { kind, id }: PlacedTarget) {
  const { db } = site;
  const where = kind === "story" ? { storyId: id } : { chapterId: id };
  const [target, hours, rows, counted] = await Promise.all([
    kind === "story"
      ? db.story.findUniqueOrThrow({ where: { id } })
      : db.chapter.findUniqueOrThrow({ where: { id } }),
    db.viewHour.aggregate({ where: { kind, targetId: id }, _sum: { views: true } }),
    kind === "story" ? db.storyView.count({ where }) : db.chapterView.count({ where }),
    kind === "story"
      ? db.storyView.count({ where: { ...where, counted: true } })
      : db.chapterView.count({ where: { ...where, counted: true } }),
  ]);
  return withNumbers({ readCount: target.readCount, hours: hours._sum.views ?? 0, rows, counted });
}

/** A target's counts in Redis: pages add `unsynced` to `readCount`, and `hour` is the sum of the hourly buffers. */
export async function heldInRedis(site: Site, { kind, id, storyId }: PlacedTarget) {
  const { client } = site.redis;
  const tag = shardTag(shardOf(storyId));
  const field = `${kind === "story" ? "s" : "c"}${id}`;
  const births = await client.hkeys(`${tag}:buffers`);
  const counts = await Promise.all(births.map((birth) => client.hget(`${tag}:hour:${birth}`, field)));
  return {
    unsynced: Number((await client.hget(`${tag}:pending`, field)) ?? 0),
    hour: counts.reduce((sum, count) => sum + Number(count ?? 0), 0),
  };
}

/** The count that pages show: `readCount` plus the unsynced views in Redis. */
export async function total(site: Site, target: PlacedTarget) {
  return (await stored(site, target)).readCount + (await heldInRedis(site, target)).unsynced;
}

/** All rows of StoryView and ChapterView. */
export async function viewRows(site: Site) {
  return { story: await site.db.storyView.count(), chapter: await site.db.chapterView.count() };
}

/** The outcome of the next view of `path` that this page sends. */
export async function nextOutcome(page: Page, path: string): Promise<Outcome> {
  const response = await page.waitForResponse(
    (each) => each.request().method() === "POST" && new URL(each.url()).pathname === path,
  );
  return (await response.json()) as Outcome;
}

/** Opens a page as a reader does, and returns the outcome of its view. */
export async function visit(page: Page, { path }: Pick<Readable, "path">): Promise<Outcome> {
  const [outcome] = await Promise.all([nextOutcome(page, path), page.goto(path)]);
  return outcome;
}

/** Records the paths of all views that a page sends from now on. */
export function listenForViews(page: Page): string[] {
  const sent: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() === "POST" && pathname.startsWith("/story/")) sent.push(pathname);
  });
  return sent;
}

/** Sends a view over HTTP without a browser, from a new reader unless `agent` is given. */
export async function postView(
  origin: string,
  path: string,
  {
    agent = newAgent(),
    headers = {},
    referrer = "",
  }: { agent?: string; headers?: Record<string, string>; referrer?: string } = {},
): Promise<Outcome> {
  const response = await fetch(origin + path, {
    method: "POST",
    headers: { "User-Agent": agent, "Content-Type": "text/plain;charset=UTF-8", ...headers },
    body: JSON.stringify({ referrer }),
  });
  return (await response.json()) as Outcome;
}

/** The count at the top of a story's or chapter's page. */
export const readsOn = (page: Page) => page.locator("main header [data-reads]");

/** Starts a sync as the operators' button does, and waits until that run has ended. */
export async function runSync(site: Site): Promise<void> {
  const last = await site.db.syncRun.findFirst({ orderBy: { id: "desc" } });
  const Cookie = await site.session("OPS");
  const address = `${site.origin}/admin?index&_data=${encodeURIComponent("routes/admin._index")}`;
  // After an outage, the queue reconnects within a second or two; until then the action fails.
  await expect(async () => {
    const body = new URLSearchParams({ intent: "run", reason: "for a browser test" });
    const response = await fetch(address, { method: "POST", headers: { Cookie }, body });
    expect(await response.json()).toMatchObject({ ok: true });
  }).toPass({ timeout: 10_000 });
  await expect
    .poll(() => site.db.syncRun.count({ where: { id: { gt: last?.id ?? 0 }, endedAt: { not: null } } }))
    .toBeGreaterThan(0);
}
