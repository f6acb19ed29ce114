import { createHash, type Hash } from "node:crypto";
import { type Line, UnreadableLog } from "./lines";

/**
 * How much of a log was read. Logs are known by what they say, because rotation changes names: a log whose first lines were read goes
 * on after them, and a copy, also a compressed one, has nothing new.
 */
export interface ReadLines {
  /** The number of lines, from the first. */
  lines: number;
  /** SHA-256 of the first line, and of all lines that were read. */
  first: string;
  digest: string;
}

/** Follows a log from its first line. */
export interface LineDigest {
  add(line: Line): void;
  count(): number;
  /** What was added until now: twice, with and without it, if the last line may not have been complete. */
  soFar(): ReadLines[];
}

/** Starts to follow a log. */
export function digestLines(): LineDigest {
  const hash = createHash("sha256");
  let lines = 0;
  let first = "";
  /** The state before a last line that has no end. */
  let ended: ReadLines[] = [];
  const now = (): ReadLines[] => (lines === 0 ? [] : [{ lines, first, digest: digestOf(hash) }]);
  return {
    add(line) {
      ended = line.ended ? [] : now();
      hash.update(line.text, "latin1").update("\n");
      lines += 1;
      if (lines === 1) first = digestOf(hash);
    },
    count: () => lines,
    soFar: () => [...ended, ...now()],
  };
}

const digestOf = (hash: Hash) => hash.copy().digest("hex");

/** How many lines at the start of a log were read before, as far as `known` says. */
export async function countReadLines(
  log: AsyncIterable<Line[]>,
  known: readonly ReadLines[],
): Promise<number> {
  return (await findReadLines(log, known))?.lines ?? 0;
}

/** What is known of the longest start of a log that was read before; null if there is none. */
export async function findReadLines<Known extends ReadLines>(
  log: AsyncIterable<Line[]>,
  known: readonly Known[],
): Promise<Known | null> {
  let left = [...known].sort((a, b) => a.lines - b.lines);
  let found: Known | null = null;
  if (left.length === 0) return null;
  const digest = digestLines();
  try {
    for await (const batch of log)
      for (const line of batch) {
        digest.add(line);
        if (digest.count() === 1) left = left.filter(({ first }) => first === digest.soFar().at(-1)?.first);
        for (let next = left[0]; next?.lines === digest.count(); next = left[0]) {
          left.shift();
          if (next.digest === digest.soFar().at(-1)?.digest) found = next;
        }
        if (left.length === 0) return found;
      }
  } catch (error) {
    // Reported when the log is replayed, up to the same place.
    if (!(error instanceof UnreadableLog)) throw error;
  }
  return found;
}
