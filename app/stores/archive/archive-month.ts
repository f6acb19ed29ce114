import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type pg from "pg";
import { inOne } from "./archive-lock";
import {
  type ArchiveFile,
  filesOfMonth,
  findFile,
  moveFile,
  noteDone,
  noteStored,
  noteWriting,
} from "./files";
import {
  addRow,
  differences,
  type FileFacts,
  inspectFile,
  noRows,
  readRows,
  rowsOf,
  writeLines,
} from "./month-file";
import { type ArchivePlace, ArchiveRefusal } from "./place";
import { deleteLines } from "./row-line";
import { rowsOfDay } from "./rows-of-day";

/** What the archive's steps work with. */
export interface ArchiveWork {
  /** The connection that holds the archive's lock. */
  client: pg.ClientBase;
  place: ArchivePlace;
  /** Called between batches. @throws to stop here: whatever was begun goes on from there in a later round. */
  checkpoint(): void;
  /** For tests, which end the process at a labelled step. */
  step(label: string): void | Promise<void>;
}

const DAY_MS = 86_400_000;

/** The name of a month's file: `views-2025-03.ndjson.gz`; of rows that came after it, `views-2025-03-2.ndjson.gz`. */
export const fileName = (month: Date, part = 1) =>
  `views-${month.toISOString().slice(0, 7)}${part > 1 ? `-${part}` : ""}.ndjson.gz`;

/**
 * Moves a month's rows into a file. Each step leaves a state from which the next round goes on, whatever ended this one:
 *
 * 1. `writing`: a local file, flushed; then in its place; then its description beside it; then read back from there and compared.
 * 2. `deleting`: rows go batch by batch, each only if the file has it word for word.
 * 3. `archived`.
 *
 * @throws ArchiveRefusal when the month, or its file, is not as it must be. Its rows then stay.
 */
export async function archiveMonth(work: ArchiveWork, month: Date): Promise<ArchiveFile> {
  const file = await chooseFile(work, month);
  const facts = await writeMonth(work, file, month);
  if (!(await noteStored(work.client, file, facts)))
    throw new Error(`${file} was changed by another process meanwhile`);
  await work.step("archive-stored");
  return deleteArchived(work, file);
}

/** The file that an earlier round began, or the month's next. A file in the place that is not in this database is left alone. */
async function chooseFile({ client, place }: ArchiveWork, month: Date): Promise<string> {
  const files = await filesOfMonth(client, month);
  const begun = files.find(({ state }) => state === "writing");
  const file = begun?.file ?? fileName(month, files.length + 1);
  if (!begun && (await place.exists(file)))
    throw new ArchiveRefusal(
      `${place.name} already has a file ${file} that this database did not write: another site's, or this one's from before a backup was restored. Move it away with its .json, or choose another ARCHIVE_URL.`,
    );
  await noteWriting(client, { file, month, place: place.name });
  return file;
}

async function writeMonth(work: ArchiveWork, file: string, month: Date): Promise<FileFacts> {
  const { client, place, step } = work;
  await step("archive-chosen");
  const complete = (await filesOfMonth(client, month)).length === 1;
  const counts = noRows();
  const scratch = await place.scratch();
  const local = path.join(scratch, file);
  async function* lines() {
    const end = Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1);
    for (let day = month.getTime(); day < end; day += DAY_MS) {
      for await (const rows of rowsOfDay(client, { day: new Date(day), complete })) {
        for (const row of rows) addRow(counts, row);
        work.checkpoint();
        yield `${rows.map(({ text }) => text).join("\n")}\n`;
      }
      await noteDone(client, file, "writing", rowsOf(counts));
      await step("archive-day");
    }
  }
  const stored = await writeLines(local, lines()).catch(async (error: Error) => {
    // A full disk ends the writing in the middle of a day's transaction.
    await client.query("ROLLBACK");
    throw error;
  });
  const written: FileFacts = { ...counts, ...stored };
  await step("archive-written");
  await place.put(file, local, written.sha256);
  await step("archive-put");
  await storeDescription(work, scratch, { file, month, ...written });
  await step("archive-described");
  const problem = differences(await inspectFile(file, await place.read(file)), written);
  if (problem)
    throw new ArchiveRefusal(
      `${place.name} returns another ${file} than it was given (${problem}). Its rows stay.`,
    );
  await step("archive-read-back");
  return written;
}

/** A small file beside the rows, so that they explain themselves without this database. */
async function storeDescription(
  { place }: ArchiveWork,
  scratch: string,
  { month, ...facts }: FileFacts & { file: string; month: Date },
) {
  const name = `${facts.file}.json`;
  const local = path.join(scratch, name);
  const content = JSON.stringify({ format: 1, month: month.toISOString().slice(0, 7), ...facts }, null, 1);
  await writeFile(local, `${content}\n`, { mode: 0o600 });
  await place.put(name, local, createHash("sha256").update(`${content}\n`).digest("hex"));
}

/** Reads a file again and compares it with its description in Postgres. @throws ArchiveRefusal when they differ. */
export async function verifyFile({ place }: Pick<ArchiveWork, "place">, file: ArchiveFile): Promise<void> {
  const problem = differences(await inspectFile(file.file, await place.read(file.file)), file);
  if (problem)
    throw new ArchiveRefusal(
      `${file.file} in ${place.name} is not the file that was archived (${problem}). Nothing was changed; bring the right file back.`,
    );
}

/**
 * Deletes the rows of a stored file from the tables, after reading the whole file once more. Rows that an earlier try deleted are
 * passed over. @throws ArchiveRefusal when a row differs from the file; it, and those after it, then stay.
 */
export async function deleteArchived(work: ArchiveWork, name: string): Promise<ArchiveFile> {
  const { client, place, step } = work;
  const file = await findFile(client, name);
  if (file?.state !== "deleting") throw new Error(`${name} is not being archived any more`);
  await verifyFile(work, file);
  await step("archive-verified");
  let done = 0;
  for await (const rows of readRows(name, await place.read(name))) {
    work.checkpoint();
    done += rows.length;
    await inOne(client, async () => {
      // Also locks it: a second process would wait here, and then find another state.
      if (!(await noteDone(client, name, "deleting", done)))
        throw new Error(`${name} is not being archived any more`);
      const kind = rows[0]?.kind ?? "story";
      const { rows: found } = await client.query<{ firstDiffering: number | null }>(deleteLines(kind), [
        rows.map(({ text }) => text),
      ]);
      if (found[0]?.firstDiffering != null)
        throw new ArchiveRefusal(
          `${kind} row ${found[0].firstDiffering} differs from its line in ${name}: it was changed after the file was written. The row stays.`,
        );
      await step("archive-deleting");
    });
    await step("archive-deleted");
  }
  await moveFile(client, name, ["deleting"], "archived");
  await step("archive-done");
  return { ...file, state: "archived" };
}
