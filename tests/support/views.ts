import type pg from "pg";
import type { ViewStore } from "../../app/tracker/ports";
import type { CountResult, PlacedTarget, View } from "../../app/tracker/view";
import { type AnonymousViewer, offer, type Viewer } from "../../app/tracker/viewer";

/** Salts that need no database: a different one for each day. */
export const testSalt = (day: number) => Buffer.from(`salt of day ${day}`.padEnd(32, "."));

/** An anonymous viewer; each name is another address. */
export const anonymous = (name: string | number): AnonymousViewer => ({
  address: `2001:db8::${name}`,
  userAgent: "test",
});

/** A view of one target (or of a chapter and its story) at the given time, Unix ms. */
export function viewOf(targets: [PlacedTarget, ...PlacedTarget[]], viewer: Viewer, at?: number): View {
  const [page, ...rest] = targets.map((target) => offer(target, viewer, testSalt));
  if (!page) throw new Error("a view needs a target");
  return { offers: [page, ...rest], at, seenAt: at ?? Date.now(), referrer: "direct", device: "desktop" };
}

/** Writes a story with chapters directly into the database. */
export async function createStory(pool: pg.Pool, slug: string, chapters = 1) {
  const author = await pool.query(
    `INSERT INTO "User" (email, name, "passwordHash", role) VALUES ($1, 'Author', 'x', 'EDITOR')
     ON CONFLICT (email) DO UPDATE SET name = 'Author' RETURNING id`,
    ["author@example.test"],
  );
  const story = await pool.query(
    `INSERT INTO "Story" (slug, title, blurb, "authorId", status, "publishedAt") VALUES ($1, $1, '', $2, 'PUBLISHED', now()) RETURNING id`,
    [slug, author.rows[0].id],
  );
  const storyId: number = story.rows[0].id;
  const ids: number[] = [];
  for (let number = 1; number <= chapters; number += 1) {
    const chapter = await pool.query(
      `INSERT INTO "Chapter" ("storyId", number, title, body, status) VALUES ($1, $2, 'C', 'Text', 'PUBLISHED') RETURNING id`,
      [storyId, number],
    );
    ids.push(chapter.rows[0].id);
  }
  const target: PlacedTarget = { kind: "story", id: storyId, storyId };
  return {
    authorId: author.rows[0].id as number,
    story: target,
    chapters: ids.map((id): PlacedTarget => ({ kind: "chapter", id, storyId })),
  };
}

/** Records views and returns the results of each; throws when the store refuses one. */
export async function recordAll(store: ViewStore, views: View[]): Promise<CountResult[][]> {
  const results = await store.record(views);
  return results.map((result) => {
    if (result instanceof Error) throw result;
    return result;
  });
}
