import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline as pipeTogether, type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import type { TargetKind } from "~/tracker/view";
import { ArchiveRefusal } from "./place";

/** What a file holds, counted line by line, and its compressed bytes. */
export interface FileFacts extends RowCounts {
  bytes: number;
  /** Of the compressed bytes, in hexadecimal. */
  sha256: string;
}

/** Rows by table, and how many of them are counted views. */
export interface RowCounts {
  storyRows: number;
  chapterRows: number;
  storyViews: number;
  chapterViews: number;
}

/** A line of the archive, as far as programs look at it. */
export interface ArchivedRow {
  kind: TargetKind;
  id: number;
  counted: boolean;
  text: string;
}

/** Rows passed on at a time. */
const BATCH = 2000;

/** Counts nothing yet. */
export const noRows = (): RowCounts => ({ storyRows: 0, chapterRows: 0, storyViews: 0, chapterViews: 0 });

/** Adds one row to counts. */
export function addRow(counts: RowCounts, { kind, counted }: Pick<ArchivedRow, "kind" | "counted">) {
  counts[`${kind}Rows`] += 1;
  if (counted) counts[`${kind}Views`] += 1;
}

/** The rows of both tables. */
export const rowsOf = (counts: RowCounts) => counts.storyRows + counts.chapterRows;

/**
 * Writes lines to a compressed file and flushes it to the disk. Rejects when the disk is full or the source fails; the file is then
 * of no use, and is removed with the scratch directory. @returns its bytes and checksum.
 */
export async function writeLines(
  localPath: string,
  lines: AsyncIterable<string>,
): Promise<Pick<FileFacts, "bytes" | "sha256">> {
  const digest = digester();
  await pipeline(lines, createGzip(), digest.tap, createWriteStream(localPath, { flags: "w", mode: 0o600 }));
  const handle = await open(localPath, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  return digest.result();
}

/**
 * Reads a file row by row, in batches of one kind. It ends with the file's facts, so that a caller that has read all of it knows whether it
 * was the right one. @throws ArchiveRefusal naming the first line that is not a row, or saying that the file is damaged.
 */
export async function* readRows(file: string, source: Readable): AsyncGenerator<ArchivedRow[], FileFacts> {
  const digest = digester();
  const counts = noRows();
  const text = createGunzip().setEncoding("utf8");
  // A failure of any of them ends the loop below.
  pipeTogether(source, digest.tap, text, () => undefined);
  const batches: Record<TargetKind, ArchivedRow[]> = { story: [], chapter: [] };
  let number = 0;
  let rest = "";
  try {
    for await (const chunk of text) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        number += 1;
        const row = parseRow(line);
        if (!row) throw new ArchiveRefusal(`${file} is damaged: line ${number} is not a row of views.`);
        batches[row.kind].push(row);
        addRow(counts, row);
        if (batches[row.kind].length < BATCH) continue;
        yield batches[row.kind];
        batches[row.kind] = [];
      }
    }
  } catch (error) {
    if (error instanceof ArchiveRefusal) throw error;
    throw new ArchiveRefusal(`${file} cannot be read to its end: ${(error as Error).message}.`);
  } finally {
    source.destroy();
  }
  if (rest !== "") throw new ArchiveRefusal(`${file} is damaged: its last line is cut off.`);
  for (const batch of Object.values(batches)) if (batch.length > 0) yield batch;
  return { ...counts, ...digest.result() };
}

/** Reads a whole file. @returns its facts. @throws ArchiveRefusal when it is damaged. */
export async function inspectFile(file: string, source: Readable): Promise<FileFacts> {
  const rows = readRows(file, source);
  for (;;) {
    const next = await rows.next();
    if (next.done) return next.value;
  }
}

/** The facts in which two files differ, in words; "" when they are the same. */
export function differences(found: FileFacts, expected: FileFacts): string {
  const words: Record<keyof FileFacts, string> = {
    bytes: "bytes",
    storyRows: "rows of stories",
    chapterRows: "rows of chapters",
    storyViews: "counted views of stories",
    chapterViews: "counted views of chapters",
    sha256: "checksum",
  };
  return (Object.keys(words) as (keyof FileFacts)[])
    .filter((fact) => found[fact] !== expected[fact])
    .map((fact) => `${words[fact]}: ${found[fact]} instead of ${expected[fact]}`)
    .join("; ");
}

function parseRow(text: string): ArchivedRow | null {
  try {
    const { kind, id, counted } = JSON.parse(text) as ArchivedRow;
    const valid =
      (kind === "story" || kind === "chapter") && Number.isSafeInteger(id) && typeof counted === "boolean";
    return valid ? { kind, id, counted, text } : null;
  } catch {
    return null;
  }
}

function digester() {
  const hash = createHash("sha256");
  let bytes = 0;
  const tap = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return { tap, result: () => ({ bytes, sha256: hash.digest("hex") }) };
}
