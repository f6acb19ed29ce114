import type pg from "pg";
import { type ImportMemory, keepMemory, noteCounted } from "../../app/stores/postgres/imports/import-memory";
import { addVisits, type ImportedVisit } from "../../app/stores/postgres/imports/visits";
import { inTransaction } from "../../app/stores/postgres/transaction";
import type { ReadLines } from "../replay/read-lines";
import { noteRead } from "./known-files";

/** Keeps the visits of one run, and how far its files were read. */
export interface Keeper {
  /** The import's number; null before the first visit. */
  importId(): number | null;
  newRows(): number;
  /** Keeps visits and the place in the file in one transaction. @returns the file's row, or null where there is none. */
  keep(
    rowsOf: (importId: number) => Promise<ImportedVisit[]>,
    file: { name: string; read: ReadLines | undefined; rowId: number | null },
  ): Promise<number | null>;
}

/**
 * `trial` is the connection of a dry run, or null. An import is created with its first visit, so that files without any leave nothing
 * behind; until then its number is not known, and visits get it when they are kept.
 */
export function createKeeper({
  pool,
  trial,
  memory,
  importId,
  rules,
}: {
  pool: pg.Pool;
  trial: pg.PoolClient | null;
  memory: ImportMemory;
  importId: number | null;
  rules: string;
}): Keeper {
  let id = importId;
  let newRows = 0;

  return {
    importId: () => id,
    newRows: () => newRows,
    async keep(rowsOf, { name, read, rowId }) {
      const rows = await rowsOf(id ?? 0);
      if (trial) {
        newRows += await addVisits(trial, rows, true);
        return null;
      }
      if (id === null && rows.length === 0) return null;
      const kept = await inTransaction(pool, async (client) => {
        await keepMemory(client, memory);
        const mine = id ?? (await createImport(client));
        const changed = await addVisits(
          client,
          rows.map((row) => ({ ...row, importId: mine })),
          false,
        );
        if (changed > 0) await noteCounted(client, false);
        const row = read ? await noteRead(client, mine, name, rules, read, rowId) : rowId;
        return { mine, changed, row };
      });
      id = kept.mine;
      newRows += kept.changed;
      return kept.row;
    },
  };
}

async function createImport(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ id: number }>(`INSERT INTO "ViewImport" DEFAULT VALUES RETURNING id`);
  return rows[0]?.id ?? 0;
}
