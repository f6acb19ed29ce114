import { statSync } from "node:fs";
import path from "node:path";
import { type Line, readLines, UnreadableLog } from "../replay/lines";
import { compareNames, openLogs } from "../replay/logs";
import { createCsvReader, readHeader } from "./csv-reader";
import { createLogReader, type LogRules } from "./log-reader";
import type { ImportOptions } from "./options";
import type { LineReader, ReadLine } from "./visit";

/** A file to import, of which it is known how to read it. */
export interface Input {
  /** For people: its name without its folder, or "standard input". */
  name: string;
  format: string;
  /** Bytes, before unpacking; null for standard input. */
  size: number | null;
  /** Whether it can be read more than once. */
  rereadable: boolean;
  read(onBytes?: (bytes: number) => void): AsyncIterable<Line[]>;
  open(): LineReader;
}

/** Records at the start of a CSV file that are tried before any is counted. */
const SAMPLE = 1000;

/**
 * Opens the files, and finds out that they can be understood.
 * @throws Error with one line for the first that cannot. Nothing has been counted then.
 */
export async function openInputs(
  { sources, formats }: Pick<ImportOptions, "sources" | "formats">,
  rules: LogRules,
): Promise<Input[]> {
  const { csv } = rules.map;
  if (csv === null) {
    const logs = await openLogs(sources, formats);
    return logs.map((log) => ({
      ...log,
      format: log.format.name,
      open: () => createLogReader(log.format, rules),
    }));
  }
  if (sources.includes("-") && sources.length > 1)
    throw new Error("standard input (-) cannot be combined with files: it can be read only once.");
  const inputs: Input[] = [];
  for (const source of sources) inputs.push(await openCsv(source, csv, rules));
  return inputs.sort((a, b) => compareNames(a.name, b.name));
}

async function openCsv(
  source: string,
  csv: NonNullable<LogRules["map"]["csv"]>,
  rules: LogRules,
): Promise<Input> {
  const name = source === "-" ? "standard input" : path.basename(source);
  const stats = source === "-" ? null : statSync(source, { throwIfNoEntry: false });
  if (stats?.isDirectory()) throw new Error(`${source}: is a directory, not a CSV file.`);
  const lines = readLines(source);
  const first = await lines.next().catch((error: unknown) => {
    throw error instanceof UnreadableLog ? new Error(`${name}: ${error.message}.`) : error;
  });
  const start = first.done ? [] : first.value;
  const header = start[0];
  if (!header) throw new Error(`${name}: is empty. The first line must name the columns.`);
  readHeader(header.text, csv, name);
  const open = () => createCsvReader(csv, rules, name);
  refuseNonsense(start, open(), name);
  if (source !== "-") await lines.return(undefined);
  return {
    name,
    format: "CSV",
    size: stats?.size ?? null,
    rereadable: source !== "-",
    read: source === "-" ? () => resume(start, lines) : (onBytes) => readLines(source, onBytes),
    open,
  };
}

/** A file with another delimiter or other times than the map says must not be half imported. */
function refuseNonsense(start: Line[], reader: LineReader, name: string) {
  const read: ReadLine[] = [];
  for (const [i, { text, whole }] of start.slice(0, SAMPLE).entries())
    read.push(...reader.add(text, whole, i + 1));
  const records = read.filter(({ is }) => is !== "other");
  const malformed = records.flatMap((record) => (record.is === "malformed" ? [record] : []));
  const [first] = malformed;
  if (first && malformed.length * 2 > records.length)
    throw new Error(
      `${name}: ${malformed.length} of its first ${records.length} lines do not fit the map. Line ${first.number}: ${first.why}. Nothing was counted.`,
    );
}

async function* resume(start: Line[], rest: AsyncGenerator<Line[]>): AsyncGenerator<Line[]> {
  yield start;
  yield* rest;
}
