import type pg from "pg";
import { TABLES } from "../postgres/count-statement";
import { withArchiveLock } from "./archive-lock";
import { type ArchiveWork, archiveMonth, deleteArchived } from "./archive-month";
import { filesInState } from "./files";
import { rowsOf } from "./month-file";
import { type ArchivePlace, ArchiveRefusal } from "./place";

/** A month that a round left in the tables, and why. */
export interface RefusedMonth {
  /** `2025-03`. */
  month: string;
  why: string;
}

/** An operator paused the archive, or the process is ending. Nothing failed. */
export class ArchiveStopped extends Error {
  override name = "ArchiveStopped";
}

export interface ArchiveOptions {
  place: ArchivePlace;
  /** Rows leave once their month ended this long ago. */
  afterMonths: number;
  /** Whether to stop between two batches. */
  isStopped?: () => boolean;
  step?: (label: string) => void | Promise<void>;
  onArchived?: (archived: { file: string; rows: number; bytes: number }) => void;
}

/**
 * One round: finishes what an earlier one began, then archives the due months, oldest first. A month that is refused stays in the
 * tables, and does not hold up the others. @returns how many files were finished; null while another process is at it. Rejects when
 * the place or Postgres fails; ArchiveRound then has the reason.
 */
export async function runArchive(pool: pg.Pool, options: ArchiveOptions): Promise<number | null> {
  return withArchiveLock(pool, async (client) => {
    const work = workOf(client, options);
    await noteRound(client, options.place.name, await findDueMonths(client, options.afterMonths));
    try {
      const refused: RefusedMonth[] = [];
      const files = await archiveAll(work, options, refused);
      await client.query(
        `UPDATE "ArchiveRound" SET "finishedAt" = now(), error = NULL, "errorAt" = NULL, refused = $1`,
        [JSON.stringify(refused)],
      );
      return files;
    } catch (error) {
      if (!(error instanceof ArchiveStopped))
        // Postgres itself may be what failed: the caller logs the error in any case.
        await client
          .query(`UPDATE "ArchiveRound" SET error = $1, "errorAt" = now()`, [(error as Error).message])
          .catch(() => undefined);
      throw error;
    }
  });
}

const workOf = (
  client: pg.ClientBase,
  { place, isStopped = () => false, step = () => undefined }: ArchiveOptions,
): ArchiveWork => ({
  client,
  place,
  step,
  checkpoint() {
    if (isStopped()) throw new ArchiveStopped("the archive is paused");
  },
});

async function archiveAll(
  work: ArchiveWork,
  options: ArchiveOptions,
  refused: RefusedMonth[],
): Promise<number> {
  let files = 0;
  const attempt = async (month: Date, archive: () => ReturnType<typeof archiveMonth>) => {
    work.checkpoint();
    try {
      const file = await archive();
      files += 1;
      options.onArchived?.({ file: file.file, rows: rowsOf(file), bytes: file.bytes });
    } catch (error) {
      if (!(error instanceof ArchiveRefusal)) throw error;
      refused.push({ month: nameMonth(month), why: error.message });
    }
  };
  for (const { file, month } of await filesInState(work.client, "deleting"))
    await attempt(month, () => deleteArchived(work, file));
  const halfDone = new Set(refused.map(({ month }) => month));
  for (const { month } of await findDueMonths(work.client, options.afterMonths))
    if (!halfDone.has(nameMonth(month))) await attempt(month, () => archiveMonth(work, month));
  return files;
}

const nameMonth = (month: Date) => month.toISOString().slice(0, 7);

interface DueMonth {
  month: Date;
  rows: number;
}

/** The months that have ended so long ago and have rows, oldest first, without those that operators have brought back. */
export async function findDueMonths(client: pg.ClientBase, afterMonths: number): Promise<DueMonth[]> {
  const views = Object.values(TABLES).map(
    ({ view }) => `SELECT "viewedAt" FROM ${view}
      WHERE "viewedAt" < (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => $1)) AT TIME ZONE 'UTC'`,
  );
  const { rows } = await client.query<DueMonth>(
    `SELECT month, count(*)::float8 AS rows
     FROM (SELECT date_trunc('month', "viewedAt", 'UTC') AS month FROM (${views.join(" UNION ALL ")}) AS v) AS old
     WHERE NOT EXISTS (SELECT FROM "ArchiveFile" f WHERE f.month = old.month AND f.state IN ('restoring', 'restored'))
     GROUP BY 1 ORDER BY 1`,
    [afterMonths],
  );
  return rows;
}

async function noteRound(client: pg.ClientBase, place: string, due: DueMonth[]) {
  await client.query(
    `INSERT INTO "ArchiveRound" (at, place, "dueMonths", "dueRows") VALUES (now(), $1, $2, $3)
     ON CONFLICT (id) DO UPDATE SET at = now(), place = EXCLUDED.place, "dueMonths" = EXCLUDED."dueMonths", "dueRows" = EXCLUDED."dueRows"`,
    [place, due.length, due.reduce((sum, { rows }) => sum + rows, 0)],
  );
}

/** Notes that no place is configured, where there was one before. */
export async function noteArchiveOff(pool: Pick<pg.Pool, "query">): Promise<void> {
  await pool.query(`UPDATE "ArchiveRound" SET place = NULL, at = now() WHERE place IS NOT NULL`);
}
