import { existsSync, writeFileSync } from "node:fs";
import pg from "pg";
import { readCountingRules } from "../app/platform/env";
import { LOCK_WAIT_MS, whileNoneImports } from "../app/stores/postgres/imports/import-memory";
import { HOUR_MS } from "../app/tracker/window";
import { openInputs } from "./import-views/inputs";
import { closeAll, listImports, undoImport } from "./import-views/manage";
import { type ImportOptions, parseCommand, USAGE } from "./import-views/options";
import { type ImportReport, newReport, summarise } from "./import-views/report";
import { importViews } from "./import-views/run";
import { readViewMap } from "./import-views/view-map";
import { locateSite } from "./replay/locate-site";
import { createProgress } from "./replay/progress";

main().catch((error: unknown) => {
  console.error(`import-views: ${reason(error)}`);
  process.exitCode = 1;
});

/** A refused connection is an AggregateError whose own message is empty. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  if (command.does === "help") return console.log(USAGE);
  if (existsSync(".env")) process.loadEnvFile(".env");
  const pool = connect();
  try {
    if (command.does === "import") await run(pool, command.options);
    else if (command.does === "undo")
      console.log(await alone(pool, () => undoImport(pool, command.id, command.dryRun)));
    else if (command.does === "close") console.log(await alone(pool, () => closeAll(pool)));
    else console.log((await listImports(pool)).join("\n"));
  } finally {
    await pool.end();
  }
}

/** No request waits for these connections, and an import takes as long as it takes: they have no deadlines. */
function connect(): pg.Pool {
  const pool = new pg.Pool({
    connectionString: locateSite(undefined).databaseUrl,
    max: 4,
    application_name: "tidemark import",
  });
  // The next query reports a connection that has ended.
  pool.on("error", () => undefined);
  return pool;
}

async function alone<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  const done = await whileNoneImports(pool, work, LOCK_WAIT_MS);
  if (!done) throw new Error("another import is running on this site. Wait until it has ended.");
  return done.result;
}

async function run(pool: pg.Pool, options: ImportOptions): Promise<void> {
  const settings = readCountingRules();
  const map = readViewMap(options.mapFile);
  if (settings.PUBLIC_URL) map.siteHosts.push(new URL(settings.PUBLIC_URL).host);
  const { trustedProxies, pageExtensions } = options;
  const inputs = await openInputs(options, { map, trustedProxies, pageExtensions });
  const report = newReport(options.dryRun);
  const progress = createProgress(inputs, report, "import-views");
  for (const { name, format } of inputs) progress.say(`${name}: read as ${format}`);
  const abort = new AbortController();
  process.once("SIGINT", () => {
    progress.say("stopping: what was read is kept, and counted by the next run");
    abort.abort();
    process.stdin.destroy();
  });
  try {
    await alone(pool, () =>
      importViews(options, {
        pool,
        map,
        inputs,
        report,
        windowMs: settings.VIEW_DEDUP_TTL_HOURS * HOUR_MS,
        honourPrivacySignals: settings.HONOUR_PRIVACY_SIGNALS,
        now: Date.now(),
        onBytes: progress.bytesRead,
        onVisits: progress.viewDone,
        say: progress.say,
        signal: abort.signal,
      }),
    );
  } finally {
    progress.end();
  }
  finish(report, options);
}

function finish(report: ImportReport, { json }: ImportOptions) {
  const text = `${JSON.stringify(report, null, 1)}\n`;
  if (json !== undefined) writeFileSync(json, text);
  process.stdout.write(text);
  for (const line of summarise(report)) console.error(line);
  if (report.interrupted) {
    console.error("import-views: interrupted, and not counted yet; the same command goes on from here.");
    process.exitCode = 130;
    return;
  }
  if (report.dryRun) console.error("import-views: a dry run: nothing was changed.");
  else if (report.newRows === 0 && report.moved.storyViews === 0 && report.moved.chapterViews === 0)
    console.error("import-views: nothing new: no count was changed.");
  if (report.damagedFiles > 0 || report.malformed * 2 > report.lines) process.exitCode = 1;
}
