import type pg from "pg";
import { HOUR_MS, hourOf } from "~/tracker/window";

/** Counts, per story, the views that this process has counted in the present hour. */
export interface HotStories {
  counted(storyId: number): void;
  /** Writes the stories with most views. Rejects when Postgres refuses; the next call writes what this one should have. */
  write(): Promise<void>;
}

/** With fewer views in an hour, a story is of no interest. */
const FEWEST_VIEWS = 20;
/** Stories per process and hour that are written. */
const STORIES_WRITTEN = 20;
/** How often a process writes them, ms. */
export const HOT_STORIES_EVERY_MS = 30_000;

/** Creates the counter of a process. One small statement per `write`, and none while no story has many views. */
export function createHotStories(
  pool: Pick<pg.Pool, "query">,
  process: string,
  now: () => number = Date.now,
): HotStories {
  let hour = hourOf(now());
  let views = new Map<number, number>();
  /** The last hour's counts, until they are written. */
  let over: { hour: number; views: Map<number, number> } | null = null;

  /** Begins another hour where the clock has. */
  function turn() {
    if (hourOf(now()) === hour) return;
    over = { hour, views };
    hour = hourOf(now());
    views = new Map();
  }

  async function writeHour(of: { hour: number; views: Map<number, number> }) {
    const hot = [...of.views]
      .filter(([, count]) => count >= FEWEST_VIEWS)
      .sort(([, a], [, b]) => b - a)
      .slice(0, STORIES_WRITTEN);
    if (hot.length === 0) return;
    await pool.query(
      `INSERT INTO "HotStory" (hour, process, "storyId", views)
       SELECT $1, $2, * FROM unnest($3::int[], $4::int[])
       ON CONFLICT (hour, process, "storyId") DO UPDATE SET views = EXCLUDED.views`,
      [new Date(of.hour * HOUR_MS), process, hot.map(([id]) => id), hot.map(([, count]) => count)],
    );
  }

  return {
    counted(storyId) {
      turn();
      views.set(storyId, (views.get(storyId) ?? 0) + 1);
    },
    async write() {
      turn();
      if (over) await writeHour(over);
      over = null;
      await writeHour({ hour, views });
    },
  };
}
