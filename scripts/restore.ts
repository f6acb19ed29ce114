import { createReadStream, existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs, parseEnv } from "node:util";
import type pg from "pg";
import { readEnv } from "../app/platform/env";
import { connectDatabase } from "../app/platform/postgres";
import { openArchive } from "../app/stores/archive/open-archive";
import { restoreFile } from "../app/stores/archive/restore-file";
import { locateSite } from "./replay/locate-site";

const usage = `Usage: npm run restore -- FILE [--dry-run]
       npm run restore -- --list
Brings an archived month back into the tables of views, where it stays until an operator lets it go on /admin/archive. FILE is a name
in the archive (ARCHIVE_URL), such as views-2025-03.ndjson.gz, or the path of a copy. The file is first read to its end and compared with
what the database knows of it; nothing changes unless all of it agrees. --dry-run stops there. Run it again after an interruption.`;

/** Progress is said this often. */
const SAY_EVERY_ROWS = 50_000;

main().catch((error: Error) => {
  console.error(`restore: ${error.message}`);
  process.exitCode = 1;
});

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "dry-run": { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const [given, ...more] = positionals;
  if (!values.list && (given === undefined || more.length > 0)) throw new Error(`give one FILE.\n${usage}`);
  const { databaseUrl } = locateSite(undefined);
  const { db, pool } = connectDatabase(databaseUrl, { max: 2, onError: () => undefined });
  try {
    if (values.list) await list(pool);
    else await restore(pool, given ?? "", databaseUrl, values["dry-run"]);
  } finally {
    await db.$disconnect();
    await pool.end();
  }
}

async function restore(pool: pg.Pool, given: string, databaseUrl: string, dryRun: boolean) {
  const name = path.basename(given);
  let said = 0;
  const report = await restoreFile(pool, {
    name,
    open: opener(given, name, databaseUrl),
    dryRun,
    onProgress: (rows) => {
      if (rows - said < SAY_EVERY_ROWS) return;
      said = rows;
      console.error(`restore: ${name}: ${rows} rows`);
    },
  });
  if (!report)
    throw new Error(
      "another process works on the archive at the moment. Pause it on /admin/archive, or try again.",
    );
  const { present, missing } = report;
  if (!dryRun && missing > 0)
    await pool.query(
      `INSERT INTO "AuditEvent" (actor, action, target, after) VALUES ('the command line', 'archive.restore', $1, $2)`,
      [name, { rows: missing }],
    );
  console.log(
    dryRun
      ? `${name} is intact. ${present} of its rows are in the database; ${missing} would be brought back. Nothing was changed.`
      : `${name} is restored: ${missing} rows were brought back, ${present} were there already. Counts and history are as before.`,
  );
}

/** Opens a copy where there is one at that path, else the file in the archive. */
function opener(given: string, name: string, databaseUrl: string) {
  if (existsSync(given)) return async () => createReadStream(given);
  if (given !== name) throw new Error(`${given}: there is no such file.`);
  const file = existsSync(".env") ? parseEnv(readFileSync(".env", "utf8")) : {};
  // The command needs no more of the site than the archive's address.
  const env = readEnv({
    SESSION_SECRET: "not used by this command",
    ...file,
    ...process.env,
    DATABASE_URL: databaseUrl,
  });
  const place = openArchive(env);
  if (!place) throw new Error(`${given}: there is no such file here, and ARCHIVE_URL is not set.`);
  return () => place.read(name);
}

async function list(pool: pg.Pool) {
  const { rows } = await pool.query(
    `SELECT file, state, ("storyRows" + "chapterRows") AS rows, bytes, sha256, place FROM "ArchiveFile" ORDER BY month, file`,
  );
  if (rows.length === 0) return console.log("This database has archived nothing.");
  for (const { file, state, rows: count, bytes, sha256, place } of rows)
    console.log(`${file}  ${state}  ${count} rows  ${bytes} bytes  sha256 ${sha256 ?? "–"}  ${place}`);
}
