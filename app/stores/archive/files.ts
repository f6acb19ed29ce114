import type pg from "pg";
import type { FileFacts } from "./month-file";

/** The steps of a file. In the last two its month is in the tables again, and stays until operators let it go. */
export type FileState = "writing" | "deleting" | "archived" | "restoring" | "restored";

/** A row of ArchiveFile. */
export interface ArchiveFile extends FileFacts {
  file: string;
  month: Date;
  state: FileState;
  place: string;
}

/** A connection of its own: the one that holds the archive's lock. */
type Client = Pick<pg.ClientBase, "query">;

const COLUMNS = `file, month, state, place, "storyRows", "chapterRows", "storyViews", "chapterViews", bytes, COALESCE(sha256, '') AS sha256`;

/** The file with this name, or null. */
export async function findFile(client: Client, file: string): Promise<ArchiveFile | null> {
  const { rows } = await client.query<ArchiveFile>(`SELECT ${COLUMNS} FROM "ArchiveFile" WHERE file = $1`, [
    file,
  ]);
  return rows[0] ?? null;
}

/** The files of a month, oldest first. */
export async function filesOfMonth(client: Client, month: Date): Promise<ArchiveFile[]> {
  const { rows } = await client.query<ArchiveFile>(
    `SELECT ${COLUMNS} FROM "ArchiveFile" WHERE month = $1 ORDER BY "startedAt", file`,
    [month],
  );
  return rows;
}

/** Files that were being deleted from the tables when their process ended. */
export async function filesInState(client: Client, state: FileState): Promise<ArchiveFile[]> {
  const { rows } = await client.query<ArchiveFile>(
    `SELECT ${COLUMNS} FROM "ArchiveFile" WHERE state = $1 ORDER BY month, file`,
    [state],
  );
  return rows;
}

/** Notes that a file is being written, so that one of this name may be replaced. Harmless to repeat. */
export async function noteWriting(client: Client, file: Pick<ArchiveFile, "file" | "month" | "place">) {
  await client.query(
    `INSERT INTO "ArchiveFile" AS f (file, month, state, place) VALUES ($1, $2, 'writing', $3)
     ON CONFLICT (file) DO UPDATE SET place = EXCLUDED.place, "updatedAt" = now() WHERE f.state = 'writing'`,
    [file.file, file.month, file.place],
  );
}

/** Describes a file that was read back from its place: from now on its rows may be deleted. @returns false if it is in another state. */
export async function noteStored(client: Client, file: string, facts: FileFacts): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE "ArchiveFile" SET state = 'deleting', "storyRows" = $2, "chapterRows" = $3, "storyViews" = $4, "chapterViews" = $5,
       bytes = $6, sha256 = $7, done = 0, "updatedAt" = now() WHERE file = $1 AND state = 'writing'`,
    [
      file,
      facts.storyRows,
      facts.chapterRows,
      facts.storyViews,
      facts.chapterViews,
      facts.bytes,
      facts.sha256,
    ],
  );
  return rowCount === 1;
}

/** Notes how many rows the present step is through with; in a step's transaction, also that the step is still the present one. */
export async function noteDone(
  client: Client,
  file: string,
  state: FileState,
  done: number,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE "ArchiveFile" SET done = $3, "updatedAt" = now() WHERE file = $1 AND state = $2`,
    [file, state, done],
  );
  return rowCount === 1;
}

/** Moves a file from one of some states to another. @returns false if it is in none of them. */
export async function moveFile(
  client: Client,
  file: string,
  from: readonly FileState[],
  to: FileState,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE "ArchiveFile" SET state = $3, done = CASE WHEN state = $3 THEN done ELSE 0 END, "updatedAt" = now(),
       "archivedAt" = CASE WHEN $3 = 'archived' THEN now() ELSE "archivedAt" END,
       "restoredAt" = CASE WHEN $3 = 'restored' THEN now() WHEN $3 = 'restoring' THEN NULL ELSE "restoredAt" END
     WHERE file = $1 AND state = ANY($2::text[])`,
    [file, from, to],
  );
  return rowCount === 1;
}
