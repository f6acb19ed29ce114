import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { ReadLines } from "./read-lines";
import type { Tally } from "./report";

/** How far a replay has come. It holds no addresses. */
export interface Checkpoint {
  read: ReadLines[];
  tally: Tally;
}

const count = z.number().int().nonnegative();
/** Fields of the report that are not listed, such as the lines skipped, belong to one run only. */
const file = z.object({
  version: z.literal(1),
  read: z.array(z.object({ lines: count, first: z.string(), digest: z.string() })),
  report: z.object({
    lines: count,
    malformed: count,
    pageViews: count,
    noAgent: count,
    bots: count,
    counted: count,
    duplicates: count,
    errors: count,
    leftOut: z.record(z.string(), count),
    otherLines: count,
    from: z.string().nullable(),
    to: z.string().nullable(),
  }),
  paths: z.array(z.tuple([z.string(), z.object({ firstReader: count.optional(), reported: count })])),
});

/**
 * Reads a checkpoint; null if there is none yet.
 * @throws Error with one line if the file is something else.
 */
export function readCheckpoint(path: string, fresh: Tally): Checkpoint | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new Error(`--checkpoint: cannot read ${path} (${(error as Error).message}).`);
  }
  const parsed = file.safeParse(parseJson(text));
  if (!parsed.success)
    throw new Error(
      `--checkpoint: ${path} is not a checkpoint of a replay. Name another file, or delete it to start again.`,
    );
  const { read, report, paths } = parsed.data;
  return { read, tally: { report: { ...fresh.report, ...report }, paths: new Map(paths) } };
}

/** Writes a checkpoint as a whole or not at all. */
export function writeCheckpoint(path: string, { read, tally }: Checkpoint) {
  const part = `${path}.part`;
  writeFileSync(part, JSON.stringify({ version: 1, read, report: tally.report, paths: [...tally.paths] }));
  renameSync(part, path);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
