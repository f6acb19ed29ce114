import { statSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { locateSite } from "./replay/locate-site";
import { replay } from "./replay/run";
import { connectSite, type Site, Unreachable } from "./replay/site";
import { openStoryPublisher, type StoryPublisher } from "./replay/stories";

const usage = `Usage: npm run replay -- <access log> [--base-url URL] [--concurrency N] [--json FILE]
Replays an access log (combined format) against a running site, which must be started with TRUST_PROXY=1.`;

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
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "base-url": { type: "string" },
      concurrency: { type: "string", default: "8" },
      json: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new Error(`give one access log.\n${usage}`);
  const concurrency = Number(values.concurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 500)
    throw new Error("--concurrency: must be a whole number from 1 to 500.");
  const size = sizeOf(file);
  const { baseUrl, databaseUrl } = locateSite(values["base-url"]);

  const site = connectSite(baseUrl, concurrency);
  let publisher: StoryPublisher | undefined;
  try {
    await reach(site, baseUrl);
    publisher = await openStoryPublisher(databaseUrl).catch((error: unknown) => {
      throw new Error(`cannot publish stories in the site's database: ${reason(error)}`);
    });
    const report = await replay({
      file,
      site,
      concurrency,
      publish: publisher.publish,
      onProgress: createProgress(size),
      onProblem: (line) => console.error(`replay: ${line}`),
    });
    if (process.stderr.isTTY) process.stderr.write("\n");
    const json = `${JSON.stringify(report, null, 1)}\n`;
    if (values.json !== undefined) writeFileSync(values.json, json);
    process.stdout.write(json);
    if (report.errors > 0) {
      console.error(`replay: ${report.errors} of ${report.pageViews} page views failed.`);
      process.exitCode = 1;
    }
  } catch (error) {
    throw error instanceof Unreachable
      ? new Error(`the site at ${baseUrl} stopped responding: ${error.message}`)
      : error;
  } finally {
    site.close();
    await publisher?.close();
  }
}

function sizeOf(file: string): number {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats) throw new Error(`${file}: there is no such file.`);
  if (stats.isDirectory()) throw new Error(`${file}: is a directory, not an access log.`);
  return stats.size;
}

async function reach(site: Site, baseUrl: string) {
  await site.reach().catch((error: Error) => {
    throw new Error(`cannot reach the site at ${baseUrl} (${error.message}). Is it running?`);
  });
}

/** Progress on stderr, so that stdout is only the report: one line that is rewritten or, in a pipe, one line every 5 s. */
function createProgress(size: number) {
  const terminal = process.stderr.isTTY;
  let last = Date.now();
  return ({ lines, sent, bytes }: { lines: number; sent: number; bytes: number }) => {
    if (Date.now() - last < (terminal ? 100 : 5000)) return;
    last = Date.now();
    const read = Math.floor((100 * bytes) / Math.max(1, size));
    const text = `replay: ${read}% of the log read, ${lines} lines, ${sent} page views sent`;
    process.stderr.write(terminal ? `\r${text}\x1b[K` : `${text}\n`);
  };
}
