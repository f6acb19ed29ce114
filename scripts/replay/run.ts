import type { Checkpoint } from "./checkpoint";
import { UnreadableLog } from "./lines";
import type { Log } from "./logs";
import { countReadLines, digestLines, type ReadLines } from "./read-lines";
import type { Report, Tally } from "./report";
import type { Destination, NumberedView } from "./send-views";
import { createLineTaker, type ReadingRules } from "./take-line";

export interface ReplayOptions extends ReadingRules {
  /** In the order in which they are replayed. */
  logs: Log[];
  destination: Destination;
  tally: Tally;
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
  const known = log.rereadable ? await countReadLines(log.read(), read) : 0;
  report.skippedLines += known;
  const { skip, take } = createLineTaker(log, options, report, onProblem);
  const digest = digestLines();
  let views: NumberedView[] = [];

  async function flush() {
    await destination.offer(views);
    views = [];
    onCheckpoint?.({ read: [...read, ...digest.soFar()], tally });
  }

  try {
    reading: for await (const lines of log.read(options.onBytes))
      for (const line of lines) {
        if (signal?.aborted) break reading;
        digest.add(line);
        if (digest.count() <= known) {
          skip(line);
          continue;
        }
        const view = take(line, digest.count());
        if (view) views.push(view);
        if (views.length >= BATCH) await flush();
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
