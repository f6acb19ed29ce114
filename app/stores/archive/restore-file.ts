import type { Readable } from "node:stream";
import type pg from "pg";
import { inOne, withArchiveLock } from "./archive-lock";
import { type ArchiveFile, findFile, moveFile, noteDone } from "./files";
import { differences, inspectFile, readRows } from "./month-file";
import { ArchiveRefusal } from "./place";
import { compareLines, insertLines } from "./row-line";

/** What a restore would do, or has done. */
export interface RestoreReport {
  file: ArchiveFile;
  /** Rows that are in the tables as the file has them. */
  present: number;
  /** Rows that were brought back; in a dry run, that would be. */
  missing: number;
}

export interface RestoreOptions {
  /** The file's name in the archive. */
  name: string;
  /** Opens the file, anew each time: in its place, or a copy of it. */
  open: () => Promise<Readable>;
  dryRun: boolean;
  onProgress?: (rows: number) => void;
  step?: (label: string) => void | Promise<void>;
}

/**
 * Brings an archived month back into the tables, where it stays until operators let it go. Counts and history do not change: they never
 * depended on the rows. Rows that are there already are passed over, so a restore that was cut short goes on when it is run again, and a
 * second one changes nothing. @throws ArchiveRefusal, with nothing changed, when the file is not the one that was archived, or a row that
 * is there differs from it. Null while another process works on the archive.
 */
export async function restoreFile(pool: pg.Pool, options: RestoreOptions): Promise<RestoreReport | null> {
  return withArchiveLock(pool, async (client) => {
    const file = await findKnownFile(client, options.name);
    const problem = differences(await inspectFile(file.file, await options.open()), file);
    if (problem)
      throw new ArchiveRefusal(
        `${file.file} is not the file that was archived (${problem}). Nothing was changed.`,
      );
    const before = await compare(client, file, options);
    if (options.dryRun) return before;
    if (!(await moveFile(client, file.file, ["deleting", "archived", "restoring", "restored"], "restoring")))
      throw new ArchiveRefusal(`${file.file} was changed by another process meanwhile. Nothing was changed.`);
    await options.step?.("restore-begun");
    await insertAll(client, file, options);
    await options.step?.("restore-inserted");
    await moveFile(client, file.file, ["restoring"], "restored");
    return before;
  });
}

async function findKnownFile(client: pg.ClientBase, name: string): Promise<ArchiveFile> {
  const file = await findFile(client, name);
  if (!file)
    throw new ArchiveRefusal(
      `${name}: this database archived no file of this name. --list shows those that it has.`,
    );
  if (file.state === "writing")
    throw new ArchiveRefusal(`${name} is not complete yet: all of its rows are still in the tables.`);
  return file;
}

/** Compares each row with the tables, before anything is changed. */
async function compare(
  client: pg.ClientBase,
  file: ArchiveFile,
  { open }: RestoreOptions,
): Promise<RestoreReport> {
  let present = 0;
  let rows = 0;
  for await (const batch of readRows(file.file, await open())) {
    const kind = batch[0]?.kind ?? "story";
    const { rows: found } = await client.query<{ same: number; firstDiffering: number | null }>(
      compareLines(kind),
      [batch.map(({ text }) => text)],
    );
    if (found[0]?.firstDiffering != null)
      throw new ArchiveRefusal(
        `${kind} row ${found[0].firstDiffering} is in the database and differs from ${file.file}. Nothing was changed.`,
      );
    present += found[0]?.same ?? 0;
    rows += batch.length;
  }
  return { file, present, missing: rows - present };
}

async function insertAll(
  client: pg.ClientBase,
  file: ArchiveFile,
  { open, onProgress, step }: RestoreOptions,
): Promise<void> {
  let done = 0;
  for await (const batch of readRows(file.file, await open())) {
    const kind = batch[0]?.kind ?? "story";
    const lines = batch.map(({ text }) => text);
    done += batch.length;
    await inOne(client, async () => {
      if (!(await noteDone(client, file.file, "restoring", done)))
        throw new ArchiveRefusal(`${file.file} is not being restored any more.`);
      await client.query(insertLines(kind), [lines]);
      const { rows } = await client.query<{ same: number }>(compareLines(kind), [lines]);
      if (rows[0]?.same !== batch.length)
        throw new ArchiveRefusal(
          `${file.file}: Postgres stored ${rows[0]?.same} of ${batch.length} rows as the file has them. What was restored before them stays; run the command again.`,
        );
      await step?.("restore-inserting");
    });
    await step?.("restore-batch");
    onProgress?.(done);
  }
}
