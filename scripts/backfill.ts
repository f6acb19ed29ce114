import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import pg from "pg";
import { formatNumber } from "../app/shared/format";
import { LOCK_WAIT_MS, whileNoneImports } from "../app/stores/postgres/imports/import-memory";
import { type BackfillReport, backfill } from "./backfill/run";
import { locateSite } from "./replay/locate-site";

const USAGE = `Usage: npm run backfill -- [--dry-run]

Fills the hourly history from the rows of views in StoryView and ChapterView from before Redis, where it has less than they say. Totals
that have had these views all along stay as they are. Running it again changes nothing. docs/import.md has the whole story.

The report goes to standard output as JSON, everything else to standard error.`;

/** ms between two lines of progress. */
const PROGRESS_EVERY = 2000;

main().catch((error: unknown) => {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  console.error(`backfill: ${first instanceof Error ? first.message : String(first)}`);
  process.exitCode = 1;
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { "dry-run": { type: "boolean", default: false }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return console.log(USAGE);
  if (existsSync(".env")) process.loadEnvFile(".env");
  // No request waits for these connections: they have no deadlines.
  const pool = new pg.Pool({
    connectionString: locateSite(undefined).databaseUrl,
    max: 4,
    application_name: "tidemark backfill",
  });
  pool.on("error", () => undefined);
  const abort = new AbortController();
  process.once("SIGINT", () => abort.abort());
  try {
    const done = await whileNoneImports(
      pool,
      () => backfill(pool, { dryRun: values["dry-run"], onHours: progress(), signal: abort.signal }),
      LOCK_WAIT_MS,
    );
    if (!done)
      throw new Error("an import or another backfill is running on this site. Wait until it has ended.");
    finish(done.result);
  } finally {
    await pool.end();
  }
}

function progress() {
  let hours = 0;
  let last = Date.now();
  return (count: number) => {
    hours += count;
    if (Date.now() - last < PROGRESS_EVERY) return;
    last = Date.now();
    console.error(`backfill: ${formatNumber(hours)} hours done`);
  };
}

function finish(report: BackfillReport) {
  process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
  const { rows, added, deleted, unexplained, stories, months } = report;
  const both = (story: number, chapter: number) =>
    `${formatNumber(story)} of stories, ${formatNumber(chapter)} of chapters`;
  const lines: [string, string][] = [
    ["views with rows", both(rows.story, rows.chapter)],
    [
      report.dryRun ? "would add" : "added",
      `${both(added.story.history, added.chapter.history)} to the history`,
    ],
    [
      "totals",
      `${report.dryRun ? "would move" : "moved"} by ${both(added.story.totals, added.chapter.totals)}`,
    ],
    ["deleted", deleted > 0 ? `${formatNumber(deleted)} of stories and chapters that are gone` : ""],
    [
      "unexplained",
      unexplained.totals > 0
        ? `${formatNumber(unexplained.totals)} totals have ${formatNumber(unexplained.views)} views more than history and rows (/admin/stories lists them)`
        : "",
    ],
  ];
  for (const [name, value] of lines) if (value !== "") console.error(`${name.padEnd(18)}${value}`);
  if (stories.length > 0) console.error("most rows");
  for (const { slug, views } of stories) console.error(`  ${formatNumber(views).padStart(12)}  ${slug}`);
  if (stories.length > 0) console.error("by month");
  for (const [month, views] of Object.entries(months))
    console.error(`  ${formatNumber(views).padStart(12)}  ${month}`);
  if (report.dryRun) console.error("backfill: a dry run: nothing was changed.");
  if (report.interrupted) {
    console.error("backfill: interrupted; the same command does the rest.");
    process.exitCode = 130;
  }
}
