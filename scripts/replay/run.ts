import type { Checkpoint } from "./checkpoint";
import { DIRECTIVE } from "./formats/format";
import { type Line, UnreadableLog } from "./lines";
import type { Log } from "./logs";
import { maskLine } from "./mask-line";
import { pageOf } from "./page-view";
import { countReadLines, digestLines, type ReadLines } from "./read-lines";
import { readerAddress, type TrustedProxies } from "./reader-address";
import { leaveOut, type Report, type Tally } from "./report";
import type { LoggedRequest } from "./request";
import type { Destination, NumberedView } from "./send-views";
import type { PageView } from "./site";

export interface ReplayOptions {
  /** In the order in which they are replayed. */
  logs: Log[];
  destination: Destination;
  tally: Tally;
  trustedProxies?: TrustedProxies;
  /** Extensions of pages, besides the usual ones. */
  pageExtensions?: readonly string[];
  /** The user agent of views from a log that has none; without it they are left out, as robots cannot be told from readers. */
  standInAgent?: string;
  /** What earlier runs have read. */
  read?: ReadLines[];
  /** Told now and then, when every view until then has been dealt with. */
  onCheckpoint?: (checkpoint: Checkpoint) => void;
  onBytes?: (bytes: number) => void;
  onProblem?: (line: string) => void;
  /** Ends the replay early, with a report on what was done. */
  signal?: AbortSignal;
}

/** A user agent for `standInAgent`. It says what it is, and starts as browsers' do, so that the site takes it for none of the robots. */
export const UNKNOWN_BROWSER = "Mozilla/5.0 (browser not logged)";

/** The number of views in memory at once, so that a log of any size can be replayed. */
const BATCH = 2000;

/**
 * Replays access logs: offers every page view to `destination`, then has it fill in the counts. A line is offered once, also if it is in
 * two logs whose starts are the same.
 */
export async function replay(options: ReplayOptions): Promise<Report> {
  const { report } = options.tally;
  let read = options.read ?? [];
  for (const log of options.logs) {
    if (options.signal?.aborted) break;
    report.logs.push({ name: log.name, format: log.format.name });
    read = [...read, ...(await replayLog(options, log, read))];
  }
  report.interrupted = options.signal?.aborted ?? false;
  await options.destination.finish();
  return report;
}

/** Replays one log, and returns how much of it was read. */
async function replayLog(options: ReplayOptions, log: Log, read: readonly ReadLines[]): Promise<ReadLines[]> {
  const { destination, tally, signal, onCheckpoint, onProblem = () => {} } = options;
  const { report } = tally;
  const known = log.rereadable ? await knownLines(log, read) : 0;
  report.skippedLines += known;
  const parse = log.format.open();
  const digest = digestLines();
  const before = report.malformed;
  let agentMissing = false;
  let views: NumberedView[] = [];

  async function flush() {
    await destination.offer(views);
    views = [];
    onCheckpoint?.({ read: [...read, ...digest.soFar()], tally });
  }

  function take(line: Line) {
    digest.add(line);
    const parsed = parse(line.text);
    if (digest.count() <= known) return;
    report.lines += 1;
    if (parsed === null || !line.whole) {
      report.malformed += 1;
      if (report.malformed === before + 1)
        onProblem(
          `${log.name}: line ${digest.count()} is not understood as ${log.format.name}: ${maskLine(line.text)}`,
        );
      return;
    }
    const path = parsed === DIRECTIVE ? null : pageOf(parsed, options.pageExtensions);
    if (parsed === DIRECTIVE || path === null) {
      report.otherLines += 1;
      return;
    }
    report.pageViews += 1;
    noteTime(report, parsed.time);
    if (parsed.agent === undefined && options.standInAgent === undefined && !agentMissing) {
      agentMissing = true;
      onProblem(
        `${log.name}: does not say which browser asked, so robots cannot be told from readers, and such views are left out. --count-without-agent counts each address as a reader.`,
      );
    }
    const view = viewOf(path, parsed, options);
    if (view) views.push({ view, number: report.pageViews });
    else leaveOut(report, "no-address");
  }

  try {
    for await (const lines of log.read(options.onBytes)) {
      for (const line of lines) {
        take(line);
        if (views.length >= BATCH) await flush();
        if (signal?.aborted) break;
      }
      if (signal?.aborted) break;
    }
  } catch (error) {
    if (!(error instanceof UnreadableLog)) throw error;
    if (!signal?.aborted) {
      report.damagedLogs += 1;
      onProblem(`${log.name}: ${error.message}. Its first ${digest.count()} lines were replayed.`);
    }
  }
  await flush();
  return digest.soFar();
}

async function knownLines(log: Log, read: readonly ReadLines[]): Promise<number> {
  try {
    return await countReadLines(log.read(), read);
  } catch (error) {
    // Reported when the log is replayed, up to the same place.
    if (error instanceof UnreadableLog) return 0;
    throw error;
  }
}

function viewOf(path: string, request: LoggedRequest, options: ReplayOptions): PageView | null {
  const address = readerAddress(request, options.trustedProxies ?? "private");
  if (address === null) return null;
  const agent = request.agent === undefined ? (options.standInAgent ?? null) : request.agent;
  return { path, address, agent, referrer: request.referrer, headers: request.headers ?? {} };
}

/** Lines may be out of order: servers write them when a response ends. */
function noteTime(report: Report, time: number | null) {
  if (time === null) return;
  const text = new Date(time).toISOString().replace(".000", "");
  if (report.from === null || text < report.from) report.from = text;
  if (report.to === null || text > report.to) report.to = text;
}
