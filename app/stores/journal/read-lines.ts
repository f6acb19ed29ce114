import type { FileHandle } from "node:fs/promises";

const LINE_FEED = 0x0a;
/** A view's line has a few hundred bytes. More than this, bytes, is damage and is not gathered in memory. */
const MAX_LINE_BYTES = 64 * 1024;

/** A line of a file, byte for byte. */
export interface RawLine {
  /** Without its line feed; cut at 64 kB. */
  bytes: Buffer;
  /** Where the next line starts, bytes from the start of the file. */
  end: number;
  /** False for the last line of a file that does not end with a line feed: its writer was cut off. */
  complete: boolean;
}

/**
 * Reads a file's lines from `start` on, as a stream, because a journal may be larger than memory. Empty lines are left out.
 * It closes the handle at the end, and when the caller stops earlier.
 */
export async function* readLines(file: FileHandle, start: number): AsyncGenerator<RawLine> {
  let pieces: Buffer[] = [];
  let gathered = 0;
  let end = start;
  const gather = (piece: Buffer) => {
    if (gathered < MAX_LINE_BYTES) pieces.push(piece.subarray(0, MAX_LINE_BYTES - gathered));
    gathered += piece.length;
  };
  const take = (complete: boolean): RawLine => {
    const line = { bytes: Buffer.concat(pieces), end, complete };
    pieces = [];
    gathered = 0;
    return line;
  };
  for await (const chunk of file.createReadStream({ start }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
      gather(chunk.subarray(from, at));
      end += at + 1 - from;
      from = at + 1;
      if (gathered > 0) yield take(true);
    }
    gather(chunk.subarray(from));
    end += chunk.length - from;
  }
  if (gathered > 0) yield take(false);
}

/** Counts a file's complete lines from `start` on, without looking into them. */
export async function countLines(file: FileHandle, start: number): Promise<number> {
  let lines = 0;
  for await (const line of readLines(file, start)) if (line.complete) lines += 1;
  return lines;
}
