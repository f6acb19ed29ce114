import { statSync } from "node:fs";
import path from "node:path";
import type { LogFormat } from "./formats/format";
import { isRecognised, recognise } from "./formats/recognise";
import { type Line, readLines, type Source } from "./lines";
import { maskLine } from "./mask-line";

/** A log whose format is known. */
export interface Log {
  /** For people: the file's name without its folder, or "standard input". */
  name: string;
  format: LogFormat;
  /** Unix time in milliseconds of its first request; null if its first lines have none. */
  firstTime: number | null;
  /** Its size in bytes, before unpacking; null for standard input. */
  size: number | null;
  /** Whether it can be read more than once. */
  rereadable: boolean;
  read(onBytes?: (bytes: number) => void): AsyncIterable<Line[]>;
}

/** As much of a log's start is looked at to recognise its format. */
const SAMPLE_LINES = 1000;
const SAMPLE_CHARACTERS = 1024 * 1024;

/**
 * Recognises logs and puts them in the order of time: of their first requests, or of their names if one has no time.
 * @throws Error with one line for the first log that cannot be read or understood. Nothing has been counted then.
 */
export async function openLogs(sources: Source[], formats?: readonly LogFormat[]): Promise<Log[]> {
  if (sources.includes("-") && sources.length > 1)
    throw new Error(
      "standard input (-) cannot be combined with files: it can be read only once, and comes in its own order.",
    );
  const logs: Log[] = [];
  for (const source of sources) logs.push(await openLog(source, formats));
  const byName = (a: Log, b: Log) => compareNames(a.name, b.name);
  const timed = logs.every(({ firstTime, size }) => firstTime !== null || size === 0);
  return logs.sort((a, b) => (timed ? (a.firstTime ?? 0) - (b.firstTime ?? 0) : 0) || byName(a, b));
}

async function openLog(source: Source, formats?: readonly LogFormat[]): Promise<Log> {
  const fromFile = source !== "-";
  const name = fromFile ? path.basename(source) : "standard input";
  const size = fromFile ? sizeOf(source) : null;
  const lines = readLines(source);
  const sample: Line[] = [];
  let failure: unknown;
  let characters = 0;
  try {
    while (sample.length < SAMPLE_LINES && characters < SAMPLE_CHARACTERS) {
      const { value, done } = await lines.next();
      if (done) break;
      sample.push(...value);
      characters += value.reduce((sum, { text }) => sum + text.length, 0);
    }
  } catch (error) {
    failure = error;
  }
  // What could be read of a damaged log is still replayed, and the damage reported then.
  if (failure && sample.length === 0) throw new Error(`${name}: ${(failure as Error).message}.`);
  const found = recognise(
    sample.slice(0, SAMPLE_LINES).map(({ text, whole }) => (whole ? text : "")),
    formats,
  );
  if (!isRecognised(found)) {
    const { format, fitting, tried, firstFailure } = found;
    throw new Error(
      `${name}: looks like ${format.name}, but ${fitting === 0 ? "none" : `only ${fitting}`} of its first ${tried} lines ${fitting === 1 ? "fits" : "fit"}. Line ${firstFailure?.number} does not: ${maskLine(firstFailure?.line ?? "")}\nNothing was counted. Give the server's own format with --log-format (README, "Replaying a log").`,
    );
  }
  if (fromFile) await lines.return(undefined);
  const read = fromFile
    ? (onBytes?: (bytes: number) => void) => readLines(source, onBytes)
    : () => resume(sample, lines, failure);
  return { name, format: found.format, firstTime: found.firstTime, size, rereadable: fromFile, read };
}

/** Standard input can be read only once: first what was looked at, then the rest. */
async function* resume(
  sample: Line[],
  rest: AsyncGenerator<Line[]>,
  failure: unknown,
): AsyncGenerator<Line[]> {
  yield sample;
  if (failure) throw failure;
  yield* rest;
}

function sizeOf(file: string): number {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats) throw new Error(`${file}: there is no such file.`);
  if (stats.isDirectory())
    throw new Error(
      `${file}: is a directory, not an access log. Give its files: ${path.join(file, "access.log*")}`,
    );
  return stats.size;
}

/** By the names that rotation gives: dates ascend, then numbers descend (`.2` is older than `.1`), and the current log is last. */
export function compareNames(a: string, b: string): number {
  const [left, right] = [ageOf(a), ageOf(b)];
  return left.kind - right.kind || left.order - right.order || (a < b ? -1 : a > b ? 1 : 0);
}

function ageOf(name: string): { kind: number; order: number } {
  const plain = name.replace(/\.gz$/i, "");
  // IIS names a day's log u_ex261110.log.
  const date =
    /(?:^|\D)(\d{4})-?(\d{2})-?(\d{2})(?:\D?(\d{2})(?!\d))?/.exec(plain) ??
    /u_ex(\d{2})(\d{2})(\d{2})(\d{2})?/.exec(plain);
  if (date)
    return {
      kind: 0,
      order: Number(
        date
          .slice(1)
          .map((part) => part ?? "00")
          .join(""),
      ),
    };
  const number = /\.(\d{1,5})$/.exec(plain.replace(/\.log$/i, ""))?.[1];
  return number === undefined ? { kind: 2, order: 0 } : { kind: 1, order: -Number(number) };
}
