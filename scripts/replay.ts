import { writeFileSync } from "node:fs";
import { readCheckpoint, writeCheckpoint } from "./replay/checkpoint";
import { dryRun } from "./replay/dry-run";
import { locateSite } from "./replay/locate-site";
import { openLogs } from "./replay/logs";
import { type Options, parseOptions, USAGE } from "./replay/options";
import { createProgress, type Progress } from "./replay/progress";
import { newTally, type Report, summarise, type Tally } from "./replay/report";
import { replay, UNKNOWN_BROWSER } from "./replay/run";
import { type Destination, sendTo } from "./replay/send-views";
import { connectSite, Unreachable } from "./replay/site";
import { openStoryPublisher } from "./replay/stories";

main().catch((error: unknown) => {
  console.error(`replay: ${reason(error)}`);
  process.exitCode = 1;
});

/** A refused connection is an AggregateError (one error per address tried) whose own message is empty. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (!options) return console.log(USAGE);
  const file = options.checkpoint;
  const checkpoint = file === undefined ? null : readCheckpoint(file, newTally());
  const tally = checkpoint?.tally ?? newTally();
  const logs = await openLogs(options.sources, options.formats);
  const progress = createProgress(logs, tally.report);
  for (const { name, format } of logs) progress.say(`${name}: recognised as ${format.name}`);

  const { destination, close } = options.dryRun
    ? { destination: dryRun(tally, progress.viewDone), close: async () => {} }
    : await openDestination(options, tally, progress);
  try {
    const report = await replay({
      logs,
      destination,
      tally,
      trustedProxies: options.trustedProxies,
      pageExtensions: options.pageExtensions,
      ...(options.countWithoutAgent && { standInAgent: UNKNOWN_BROWSER }),
      ...(checkpoint && { read: checkpoint.read }),
      ...(file !== undefined && { onCheckpoint: (reached) => writeCheckpoint(file, reached) }),
      onBytes: progress.bytesRead,
      onProblem: progress.say,
      signal: untilInterrupted(progress),
    });
    progress.end();
    finish(report, options);
  } catch (error) {
    progress.end();
    throw error;
  } finally {
    await close();
  }
}

/** The site and its database. A failure of either names it, and says how to go on. */
async function openDestination(
  options: Options,
  tally: Tally,
  progress: Progress,
): Promise<{ destination: Destination; close(): Promise<void> }> {
  const { baseUrl, databaseUrl } = locateSite(options.baseUrl);
  const site = connectSite(baseUrl, options.concurrency);
  const stopped = (error: unknown): never => {
    const goOn = options.checkpoint === undefined ? "" : " The same command goes on from the checkpoint.";
    throw error instanceof Unreachable
      ? new Error(`the site at ${baseUrl} stopped responding: ${error.message}.${goOn}`)
      : error;
  };
  try {
    await site.reach().catch((error: Error) => {
      throw new Error(`cannot reach the site at ${baseUrl} (${error.message}). Is it running?`);
    });
    const publisher = await openStoryPublisher(databaseUrl).catch((error: unknown) => {
      throw new Error(`cannot publish stories in the site's database: ${reason(error)}`);
    });
    const views = sendTo({
      site,
      publish: publisher.publish,
      concurrency: options.concurrency,
      tally,
      onSent: progress.viewDone,
      onProblem: progress.say,
    });
    return {
      destination: {
        offer: (batch) => views.offer(batch).catch(stopped),
        finish: () => views.finish().catch(stopped),
      },
      async close() {
        site.close();
        await publisher.close();
      },
    };
  } catch (error) {
    site.close();
    throw error;
  }
}

/** Ctrl-C ends the replay after the views that are on their way; a second one ends it at once. */
function untilInterrupted({ say }: Progress): AbortSignal {
  const abort = new AbortController();
  process.once("SIGINT", () => {
    say("stopping: the views on their way are finished first");
    abort.abort();
    // Otherwise the next line would be waited for.
    process.stdin.destroy();
  });
  return abort.signal;
}

function finish(report: Report, options: Options) {
  const json = `${JSON.stringify(report, null, 1)}\n`;
  if (options.json !== undefined) writeFileSync(options.json, json);
  process.stdout.write(json);
  for (const line of summarise(report, options.dryRun)) console.error(line);
  const understood = report.lines - report.malformed;
  if (report.errors > 0)
    console.error(`replay: ${report.errors} page views failed; the first ones are named above.`);
  if (report.malformed > understood)
    console.error("replay: most lines were not understood: the logs change their format on the way.");
  if (report.errors > 0 || report.damagedLogs > 0 || report.malformed > understood) process.exitCode = 1;
  if (report.interrupted) {
    const goOn = options.checkpoint === undefined ? "starts again from the first line" : "goes on from here";
    console.error(`replay: interrupted; the same command ${goOn}.`);
    process.exitCode = 130;
  }
}
