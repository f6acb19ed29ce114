import { type FileHandle, open } from "node:fs/promises";
import type { OfferViews } from "~/tracker/offer-views";
import type { View } from "~/tracker/view";
import type { HeldFile } from "./holdings";
import { parseLine } from "./line";
import { type Place, readPlace, savePlace } from "./place";
import { type RawLine, readLines } from "./read-lines";

/** Views offered at a time while replaying. */
const CHUNK = 500;

/** Why a line was rejected, for the log. */
export interface Rejection {
  file: string;
  /** Where the line ends, bytes from the start of the file. */
  endsAt: number;
  reason: string;
}

/** A file to replay, and where its companions are. */
export interface ReplayFile {
  file: HeldFile;
  handle: FileHandle;
  placePath: string;
  rejectedPath: string;
}

/**
 * Offers a file's views from its place on, chunk by chunk, and keeps the place after each. A line that is not a view, and a view
 * that no store takes, go to the rejected file, flushed to disk before the place moves past them. `onChunk` is called after each
 * chunk. Rejects as `offer` does: the chunk is then offered again next time.
 * @returns the rejections; the file's counts say the rest. It stops early when another process has taken the file.
 */
export async function replayFile(
  { file, handle, placePath, rejectedPath }: ReplayFile,
  offer: OfferViews,
  onChunk: () => Promise<void>,
): Promise<Rejection[]> {
  const { size } = await handle.stat();
  let place = await readPlace(placePath, size);
  const rejections: Rejection[] = [];
  let chunk: (RawLine & { view: View | null })[] = [];

  async function endChunk() {
    const last = chunk.at(-1);
    if (!last || file.lost) return;
    const offered = chunk.filter((line): line is RawLine & { view: View } => line.view !== null);
    const refusals = offered.length > 0 ? await offer(offered.map((line) => line.view)) : [];
    const rejected = [
      ...chunk
        .filter((line) => !line.view && line.complete)
        .map((line) => ({ line, reason: "it is not a view" })),
      ...refusals.map(({ index, reason }) => ({ line: offered[index] as RawLine, reason })),
    ];
    await setAside(
      rejectedPath,
      rejected.map(({ line }) => line.bytes),
    );
    place = {
      offset: last.end,
      replayed: place.replayed + offered.length - refusals.length,
      rejected: place.rejected + rejected.length,
      torn: place.torn + chunk.filter((line) => !line.view && !line.complete).length,
    };
    await savePlace(placePath, place);
    for (const { line, reason } of rejected) rejections.push({ file: file.id, endsAt: line.end, reason });
    file.counts = countsAt(place, file.counts.appended);
    chunk = [];
    await onChunk();
  }

  for await (const line of readLines(handle, place.offset)) {
    chunk.push({ ...line, view: parseLine(line.bytes) });
    if (chunk.length === CHUNK) await endChunk();
    if (file.lost) break;
  }
  await endChunk();
  return rejections;
}

/** More lines may have ended than were acknowledged: a process can die between writing a line and acknowledging it. */
function countsAt({ replayed, rejected, torn }: Place, appended: number) {
  return { appended: Math.max(appended, replayed + rejected + torn), replayed, rejected, torn };
}

async function setAside(path: string, lines: Buffer[]) {
  if (lines.length === 0) return;
  const handle = await open(path, "a", 0o600);
  try {
    await handle.appendFile(Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")])));
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
