import type { ClientBase } from "pg";
import { shardOf } from "../../../app/tracker/shard";
import { insertRows } from "../insert";
import type { ViewRow } from "../rows";
import { fallbacksOf, type Timeline } from "./timeline";

/** Reconcile runs every minute, so rows agree with Redis this long, ms, after Redis is back. */
const RECONCILED_AFTER = 38_000;
const DAY_MS = 86_400_000;

interface Views {
  story: ViewRow[];
  chapter: ViewRow[];
}

/** Writes the rows of views that Postgres counted; reconcile has compared all of them, and retracted one of the freeze. */
export async function insertFallbackRows(client: ClientBase, timeline: Timeline, views: Views) {
  const retracted = findRetracted(timeline, views.story);
  for (const [table, column, rows] of [
    ["StoryView", "storyId", retracted ? [...views.story, retracted] : views.story],
    ["ChapterView", "chapterId", views.chapter],
  ] as const) {
    const done = (row: ViewRow) =>
      (fallbacksOf(timeline).find(({ from, to }) => row.viewedAt >= from && row.viewedAt < to)?.to ?? 0) +
      RECONCILED_AFTER;
    await insertRows(
      client,
      table,
      [
        { name: column, type: "int", of: (row) => row.targetId },
        { name: "viewer", type: "text", of: (row) => row.viewer },
        { name: "viewedAt", type: "ms", of: (row) => row.viewedAt },
        { name: "counted", type: "boolean", of: (row) => String(row !== retracted) },
        { name: "window", type: "tstzrange", of: ({ viewedAt }) => windowOf(viewedAt) },
        { name: "referrer", type: "text", of: (row) => row.referrer },
        { name: "device", type: "text", of: (row) => row.device },
        { name: "reconciledAt", type: "ms", of: done },
        { name: "retractedAt", type: "ms", of: (row) => (row === retracted ? done(row) : null) },
      ],
      [...rows].sort((a, b) => a.viewedAt - b.viewedAt),
    );
  }
  return retracted ? new Map([[shardOf(retracted.targetId), 1]]) : new Map<number, number>();
}

/** A reader whom Redis had counted just before it froze, and who came back meanwhile. */
function findRetracted({ freeze }: Timeline, rows: ViewRow[]): ViewRow | undefined {
  const last = rows.findLast(({ viewedAt }) => viewedAt >= freeze.from && viewedAt < freeze.to);
  return last && { ...last, viewer: "retracte" };
}

const windowOf = (at: number) => `[${new Date(at).toISOString()},${new Date(at + DAY_MS).toISOString()})`;
