import { UnreadableLog } from "../replay/lines";
import { digestLines } from "../replay/read-lines";
import type { Input } from "./inputs";
import type { createJudge } from "./judge";
import type { Keeper } from "./keep-visits";
import type { KnownFile } from "./known-files";
import type { countNames, ImportReport } from "./report";
import type { ImportParts } from "./run";
import type { ReadLine, Visit } from "./visit";

/** Lines, and visits, after which what was read is kept: memory is bounded whatever the size of the file. */
const LINES = 50_000;
const VISITS = 2000;
/** Malformed lines that are named per file. */
const SAMPLES = 5;

interface Reading {
  parts: ImportParts;
  judge: ReturnType<typeof createJudge>;
  keeper: Keeper;
  unmatched: ReturnType<typeof countNames>;
}

/** Reads one file from where earlier runs have got to, and keeps its visits. */
export async function readFile(input: Input, known: KnownFile | null, reading: Reading): Promise<void> {
  const { parts, judge, keeper, unmatched } = reading;
  const { report, signal, say = () => {} } = parts;
  const knownLines = known?.lines ?? 0;
  const file = { name: input.name, format: input.format, lines: 0, knownLines };
  report.files.push(file);
  report.knownLines += knownLines;
  const reader = input.open();
  const digest = digestLines();
  let visits: Visit[] = [];
  let linesSince = 0;
  let samples = 0;
  // The row of another import stays as it is: this one has read the file's rest only.
  let rowId = known?.importId === keeper.importId() ? (known?.id ?? null) : null;

  async function flush() {
    const some = visits;
    visits = [];
    linesSince = 0;
    // Without the last line, where it may not be complete.
    const [read] = digest.soFar();
    rowId = await keeper.keep((importId) => judge.judge(some, importId), { name: input.name, read, rowId });
    parts.onVisits?.(some.length);
  }

  function take(results: ReadLine[]) {
    for (const result of results)
      if (result.is === "visit") visits.push(result.visit);
      else noteLine(report, unmatched, result, () => samples++ < SAMPLES && file.name);
  }

  try {
    lines: for await (const some of input.read(parts.onBytes))
      for (const { text, whole, ended } of some) {
        if (signal?.aborted) break lines;
        digest.add({ text, whole, ended });
        if (digest.count() <= knownLines) {
          reader.skip(text);
          continue;
        }
        file.lines += 1;
        report.lines += 1;
        linesSince += 1;
        take(reader.add(text, whole, digest.count()));
        if ((visits.length >= VISITS || linesSince >= LINES) && !reader.isWithinRecord()) await flush();
      }
    if (!signal?.aborted) take(reader.end());
  } catch (error) {
    if (!(error instanceof UnreadableLog)) throw error;
    if (!signal?.aborted) {
      report.damagedFiles += 1;
      say(`${input.name}: ${error.message}. Its first ${digest.count()} lines were read.`);
    }
    take(reader.end());
  }
  if (!reader.isWithinRecord()) await flush();
}

/** Enters a line that is no visit into the report. `sampleOf` is the file's name while there is room to name the line. */
function noteLine(
  report: ImportReport,
  unmatched: Reading["unmatched"],
  result: Exclude<ReadLine, { is: "visit" }>,
  sampleOf: () => string | false,
) {
  if (result.is === "other") report.otherLines += 1;
  else if (result.is === "unmatched") {
    report.unmatched += 1;
    unmatched.add(result.path);
  } else if (result.is === "left-out") {
    report.leftOut[result.reason] = (report.leftOut[result.reason] ?? 0) + 1;
  } else {
    report.malformed += 1;
    const file = sampleOf();
    if (file !== false) report.malformedLines.push({ file, line: result.number, why: result.why });
  }
}
