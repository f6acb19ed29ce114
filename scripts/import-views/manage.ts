import type pg from "pg";
import { formatCount, formatNumber } from "../../app/shared/format";
import { closeImports } from "../../app/stores/postgres/imports/import-memory";
import { listVoided, sumImport, takeBack } from "../../app/stores/postgres/imports/undo-import";
import { inTransaction } from "../../app/stores/postgres/transaction";

interface ImportRow {
  id: number;
  ranAt: Date;
  closedAt: Date | null;
  undoneAt: Date | null;
  files: string[];
}

const readImports = async (pool: pg.Pool, id: number | null) => {
  const { rows } = await pool.query<ImportRow>(
    `SELECT i.*, ARRAY(SELECT name FROM "ViewImportFile" f WHERE f."importId" = i.id ORDER BY f.id) AS files
     FROM "ViewImport" i WHERE $1::int IS NULL OR i.id = $1 ORDER BY i.id`,
    [id],
  );
  return rows;
};

/** A line per import, the oldest first. */
export async function listImports(pool: pg.Pool): Promise<string[]> {
  const lines: string[] = [];
  for (const row of await readImports(pool, null)) {
    const { storyViews, chapterViews, stories } = await sumImport(pool, row.id);
    const state = row.undoneAt ? "undone" : row.closedAt ? "closed" : "open";
    lines.push(
      `${String(row.id).padStart(4)}  ${row.ranAt.toISOString().slice(0, 16)}Z  ${state.padEnd(6)}  ${formatNumber(storyViews)} views of ${formatCount(stories, "story", "stories")}, ${formatNumber(chapterViews)} of chapters  ${row.files.join(", ")}`,
    );
  }
  return lines.length > 0 ? lines : ["There are no imports."];
}

/**
 * Takes all views of an import out again; with `dryRun`, says what would go. Expects the lock of imports.
 * @returns what was done, for a person. @throws Error with one line if it cannot be undone. Nothing was changed then.
 */
export async function undoImport(pool: pg.Pool, id: number, dryRun: boolean): Promise<string> {
  const [found] = await readImports(pool, id);
  if (!found)
    throw new Error(`--undo: there is no import ${id}. npm run import-views -- --list shows them all.`);
  const sums = await sumImport(pool, id);
  const words = `${formatCount(sums.storyViews, "view")} of ${formatCount(sums.stories, "story", "stories")} and ${formatNumber(sums.chapterViews)} of chapters`;
  if (found.undoneAt === null) {
    const voided = await listVoided(pool, id);
    if (voided.length > 0)
      throw new Error(
        `--undo: operators have voided hours that import ${id} has views of (${voided.slice(0, 5).join(", ")}${voided.length > 5 ? " and others" : ""}), so these views would be taken out twice. Put the voided views back first (/admin/sync), then undo.`,
      );
    if (dryRun) return `Undoing import ${id} would take out ${words}. Nothing was changed.`;
    await inTransaction(pool, async (client) => {
      await client.query(`UPDATE "ViewImport" SET "undoneAt" = now() WHERE id = $1`, [id]);
      await client.query(
        `INSERT INTO "AuditEvent" (actor, action, target, before) VALUES ('the command line', 'views.undo-import', $1, $2)`,
        [`import ${id}`, { storyViews: sums.storyViews, chapterViews: sums.chapterViews }],
      );
    });
  } else if (dryRun) return `Import ${id} was undone before. Nothing was changed.`;
  // Marked as undone first: nothing can be added any more, and one that was cut short is finished by the same command.
  await takeBack(pool, id);
  return found.undoneAt !== null && sums.storyViews === 0 && sums.chapterViews === 0
    ? `Import ${id} was undone before: nothing was left to take out.`
    : `Import ${id} is undone: ${words} were taken out.`;
}

/** Closes all open imports. Expects the lock of imports. @returns what was done, for a person. */
export async function closeAll(pool: pg.Pool): Promise<string> {
  const closed = await closeImports(pool);
  return closed === 0
    ? "No import is open."
    : `${formatCount(closed, "import is", "imports are")} closed: their readers are forgotten, and their counts stay.`;
}
