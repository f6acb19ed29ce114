import type pg from "pg";
import { findReadLines, type ReadLines } from "../replay/read-lines";
import type { Input } from "./inputs";

/** A file that was imported, as far as it was read. */
export interface KnownFile extends ReadLines {
  /** Its row. */
  id: number;
  importId: number;
  name: string;
  rules: string;
  /** Whether its import can be added to. */
  isOpen: boolean;
}

type Client = Pick<pg.ClientBase, "query">;

/** Finds out how much of each input is in an import that was not undone; null for those that are new, or can be read only once. */
export async function findKnown(
  client: Client,
  inputs: Input[],
  rules: string,
): Promise<(KnownFile | null)[]> {
  const { rows } = await client.query<KnownFile>(
    `SELECT f.id, f."importId", f.name, f.lines, f.first, f.digest, f.rules, i."closedAt" IS NULL AS "isOpen"
     FROM "ViewImportFile" f JOIN "ViewImport" i ON i.id = f."importId" WHERE i."undoneAt" IS NULL`,
  );
  const found: (KnownFile | null)[] = [];
  for (const input of inputs) {
    const known = input.rereadable ? await findReadLines(input.read(), rows) : null;
    if (known && known.rules !== rules)
      throw new Error(
        `${input.name}: was imported with another map or other options (import ${known.importId}), so its lines would now mean something else. Undo that first: npm run import-views -- --undo ${known.importId}`,
      );
    found.push(known);
  }
  return found;
}

/** Writes how far a file was read: the row of `known` where it is of the same import. @returns the row's id. */
export async function noteRead(
  client: Client,
  importId: number,
  name: string,
  rules: string,
  { lines, first, digest }: ReadLines,
  rowId: number | null,
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    rowId === null
      ? `INSERT INTO "ViewImportFile" ("importId", name, lines, first, digest, rules) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`
      : `UPDATE "ViewImportFile" SET "importId" = $1, name = $2, lines = $3, first = $4, digest = $5, rules = $6, "readAt" = now()
         WHERE id = $7 RETURNING id`,
    [importId, name, lines, first, digest, rules, ...(rowId === null ? [] : [rowId])],
  );
  return rows[0]?.id ?? 0;
}
