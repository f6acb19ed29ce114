import type pg from "pg";
import type { TargetCounts } from "../../app/stores/postgres/imports/derive-counts";
import { importSource } from "../../app/tracker/source";
import type { ImportReport } from "./report";

const STORIES_SHOWN = 20;

/** Adds up what the imports come to, for the report: all of them, and one by story and month. */
export function createTally(importId: number | null) {
  const source = importId === null ? null : importSource(importId);
  const stories = new Map<number, number>();
  const months = new Map<string, number>();
  const all = { storyViews: 0, chapterViews: 0 };
  const mine = { storyViews: 0, chapterViews: 0 };
  return {
    all,
    add({ kind, id, hours }: TargetCounts) {
      for (const { source: from, hour, views } of hours) {
        const field = kind === "story" ? "storyViews" : "chapterViews";
        all[field] += views;
        if (from !== source) continue;
        mine[field] += views;
        if (kind !== "story") continue;
        stories.set(id, (stories.get(id) ?? 0) + views);
        const month = new Date(hour).toISOString().slice(0, 7);
        months.set(month, (months.get(month) ?? 0) + views);
      }
    },
    /** Enters into the report what the import comes to. */
    async report(client: Pick<pg.ClientBase, "query">, report: ImportReport) {
      Object.assign(report, mine);
      report.months = Object.fromEntries([...months].sort());
      const top = [...stories].sort(([a, x], [b, y]) => y - x || a - b).slice(0, STORIES_SHOWN);
      const { rows } = await client.query<{ id: number; slug: string; title: string }>(
        `SELECT id, slug, title FROM "Story" WHERE id = ANY($1::int[])`,
        [top.map(([id]) => id)],
      );
      report.stories = top.flatMap(([id, views]) => {
        const story = rows.find((row) => row.id === id);
        return story ? [{ slug: story.slug, title: story.title, views }] : [];
      });
    },
  };
}
