import { readFile, unlink, writeFile } from "node:fs/promises";
import { z } from "zod";
import { ignoreMissing } from "./missing";

const count = z.int().min(0);
const placeSchema = z.object({ offset: count, replayed: count, rejected: count, torn: count });

/** How far a file has been replayed: the lines before `offset` (bytes), and how each of them ended. */
export type Place = z.infer<typeof placeSchema>;

const START: Place = { offset: 0, replayed: 0, rejected: 0, torn: 0 };

/** Reads the place kept in `path` for a file of `size` bytes; the start of the file when there is none or it cannot be right. */
export async function readPlace(path: string, size: number): Promise<Place> {
  const text = await readFile(path, "utf8").catch(ignoreMissing);
  try {
    const place = placeSchema.parse(JSON.parse(text ?? ""));
    return place.offset <= size ? place : START;
  } catch {
    // Cut off by a crash. Starting earlier is harmless: stores recognise views by their times.
    return START;
  }
}

/**
 * Keeps the place in `path`. It is not flushed to disk: after a crash of the machine an older place, or none, is read, and the
 * views after it are offered again, which counts nothing twice.
 */
export const savePlace = (path: string, place: Place): Promise<void> =>
  writeFile(path, JSON.stringify(place));

/** Removes a place that is no longer needed. */
export const removePlace = async (path: string): Promise<void> => {
  await unlink(path).catch(ignoreMissing);
};
