import type pg from "pg";
import {
  changeDetails,
  changeHours,
  type HistoryMove,
  lockTargets,
} from "../../app/stores/postgres/set-history";
import { inTransaction } from "../../app/stores/postgres/transaction";
import type { TargetKind } from "../../app/tracker/view";
import { readRows, type TargetRows } from "./read-rows";

/** The result of a backfill. */
export interface BackfillReport {
  dryRun: boolean;
  /** Views that have rows from before Redis. */
  rows: Record<TargetKind, number>;
  /** Of those, how many the history lacked, and by how much totals moved with them. */
  added: Record<TargetKind, { history: number; totals: number }>;
  /** Views that have rows, of stories and chapters that were deleted. */
  deleted: number;
  /** Totals that have more views than their history even with all rows, and by how many. */
  unexplained: { totals: number; views: number };
  /** Views of stories that have rows, by UTC month, and of the stories with most. */
  months: Record<string, number>;
  stories: { slug: string; views: number }[];
  interrupted: boolean;
}

/** Hours, and targets, per transaction: views that go to Postgres wait for these targets meanwhile. */
const HOURS = 2000;
const TARGETS = 100;
const STORIES_SHOWN = 20;

class DryRun extends Error {}

/**
 * Fills the hourly history from rows of views, where it has less than they say. Each transaction raises hours of some targets to what
 * their rows come to, and never lowers one: it can be cut short and repeated. A total that has had the views all along stays as it is.
 */
export async function backfill(
  pool: pg.Pool,
  {
    dryRun,
    onHours = () => {},
    signal,
  }: { dryRun: boolean; onHours?: (count: number) => void; signal?: AbortSignal },
): Promise<BackfillReport> {
  const report: BackfillReport = {
    dryRun,
    rows: { story: 0, chapter: 0 },
    added: { story: { history: 0, totals: 0 }, chapter: { history: 0, totals: 0 } },
    deleted: 0,
    unexplained: { totals: 0, views: 0 },
    months: {},
    stories: [],
    interrupted: false,
  };
  const stories = new Map<number, number>();
  const months = new Map<string, number>();
  let isNoted = false;

  async function fill(kind: TargetKind, some: TargetRows[]) {
    const done = await fillSome(pool, kind, some, dryRun, isNoted);
    isNoted ||= done.move.hours > 0;
    report.added[kind].history += done.move.views;
    report.added[kind].totals += done.move.totals;
    report.unexplained.totals += done.unexplained.totals;
    report.unexplained.views += done.unexplained.views;
    for (const { id, hours } of some) {
      const views = hours.reduce((sum, hour) => sum + hour.views, 0);
      report.rows[kind] += views;
      if (!done.there.has(id)) report.deleted += views;
      else if (kind === "story") {
        stories.set(id, views);
        for (const hour of hours) {
          const month = new Date(hour.hour).toISOString().slice(0, 7);
          months.set(month, (months.get(month) ?? 0) + hour.views);
        }
      }
      onHours(hours.length);
    }
  }

  const reader = await pool.connect();
  try {
    for (const kind of ["story", "chapter"] as const) {
      let some: TargetRows[] = [];
      let hours = 0;
      for await (const target of readRows(reader, kind)) {
        if (signal?.aborted) break;
        some.push(target);
        hours += target.hours.length + target.details.length;
        if (hours < HOURS && some.length < TARGETS) continue;
        await fill(kind, some);
        some = [];
        hours = 0;
      }
      if (some.length > 0 && !signal?.aborted) await fill(kind, some);
    }
  } finally {
    reader.release();
  }
  report.interrupted = signal?.aborted ?? false;
  report.months = Object.fromEntries([...months].sort());
  await nameStories(pool, stories, report);
  if (isNoted && !dryRun && !report.interrupted) await noteDone(pool, report);
  return report;
}

/** Fills one batch; a dry run does the same and takes it back. */
async function fillSome(
  pool: pg.Pool,
  kind: TargetKind,
  some: TargetRows[],
  dryRun: boolean,
  isNoted: boolean,
) {
  let done: { there: Set<number>; move: HistoryMove; unexplained: { totals: number; views: number } } | null =
    null;
  try {
    await inTransaction(pool, async (client) => {
      const there = await lockTargets(
        client,
        kind,
        some.map(({ id }) => id),
      );
      const details = some.flatMap((target) => target.details);
      if (details.length > 0) await changeDetails(client, there, details, [], { how: "raise" });
      const hours = some.flatMap((target) => target.hours);
      const move = await changeHours(client, kind, there, hours, { how: "raise" });
      // Who did it is known as soon as anything is done.
      if (move.hours > 0 && !isNoted)
        await client.query(
          `INSERT INTO "AuditEvent" (actor, action, after) VALUES ('the command line', 'views.backfill', '{}')`,
        );
      done = { there, move, unexplained: await readUnexplained(client, kind, there) };
      if (dryRun) throw new DryRun();
    });
  } catch (error) {
    if (!(error instanceof DryRun)) throw error;
  }
  if (!done) throw new Error("a transaction ended without a result");
  return done as { there: Set<number>; move: HistoryMove; unexplained: { totals: number; views: number } };
}

async function readUnexplained(client: pg.ClientBase, kind: TargetKind, ids: Set<number>) {
  const { rows } = await client.query<{ totals: number; views: number }>(
    `SELECT count(*)::int AS totals, COALESCE(sum(gap), 0)::float8 AS views FROM (
       SELECT t."readCount" - COALESCE(sum(h.views), 0) AS gap FROM ${kind === "story" ? `"Story"` : `"Chapter"`} t
       LEFT JOIN "ViewHour" h ON h.kind = $1 AND h."targetId" = t.id WHERE t.id = ANY($2::int[]) GROUP BY t.id) g
     WHERE gap > 0`,
    [kind, [...ids]],
  );
  return rows[0] ?? { totals: 0, views: 0 };
}

async function nameStories(pool: pg.Pool, stories: Map<number, number>, report: BackfillReport) {
  const top = [...stories].sort(([a, x], [b, y]) => y - x || a - b).slice(0, STORIES_SHOWN);
  const { rows } = await pool.query<{ id: number; slug: string }>(
    `SELECT id, slug FROM "Story" WHERE id = ANY($1::int[])`,
    [top.map(([id]) => id)],
  );
  report.stories = top.flatMap(([id, views]) => {
    const story = rows.find((row) => row.id === id);
    return story ? [{ slug: story.slug, views }] : [];
  });
}

const noteDone = (pool: pg.Pool, { added }: BackfillReport) =>
  pool.query(
    `INSERT INTO "AuditEvent" (actor, action, after) VALUES ('the command line', 'views.backfill', $1)`,
    [{ storyViews: added.story.history, chapterViews: added.chapter.history }],
  );
