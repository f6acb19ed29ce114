import { createHash } from "node:crypto";
import type pg from "pg";
import { createCatalog } from "../../app/stores/postgres/catalog";
import {
  type ImportMemory,
  newSalt,
  noteCounted,
  readMemory,
  readOpenImports,
} from "../../app/stores/postgres/imports/import-memory";
import { recount, tryCounts } from "../../app/stores/postgres/imports/recount";
import { sumImport } from "../../app/stores/postgres/imports/undo-import";
import { openTrial } from "../../app/stores/postgres/imports/visits";
import { inTransaction } from "../../app/stores/postgres/transaction";
import { importSource } from "../../app/tracker/source";
import { HOUR_MS } from "../../app/tracker/window";
import type { Input } from "./inputs";
import { createJudge } from "./judge";
import { createKeeper } from "./keep-visits";
import { findKnown } from "./known-files";
import type { ImportOptions } from "./options";
import { readFile } from "./read-file";
import { countNames, type ImportReport } from "./report";
import { createTally } from "./tally";
import type { ViewMap } from "./view-map";

/** What an import needs besides its options. */
export interface ImportParts {
  pool: pg.Pool;
  map: ViewMap;
  inputs: Input[];
  report: ImportReport;
  windowMs: number;
  honourPrivacySignals: boolean;
  now: number;
  onBytes?: (bytes: number) => void;
  onVisits?: (count: number) => void;
  say?: (line: string) => void;
  /** Ends it early: what was read is kept, and counted by the next run. */
  signal?: AbortSignal;
}

/** The number of an import that does not exist, which comes after all that do. */
const TRIAL_ID = 2 ** 31 - 1;

/**
 * Imports files: keeps their visits, then makes the history what all visits of open imports come to. Every step can be cut short and
 * repeated: visits are a set, and counts are derived from all of them. Expects the lock of imports.
 * @throws Error with one line if the files cannot be imported. Nothing was changed then.
 */
export async function importViews(
  options: Pick<
    ImportOptions,
    "dryRun" | "until" | "countWithoutAgent" | "trustedProxies" | "pageExtensions" | "formats"
  >,
  parts: ImportParts,
): Promise<void> {
  const { pool, map, inputs, report, windowMs, signal } = parts;
  const rules = digestRules(options, map);
  const memory = await openMemory(pool, windowMs);
  const known = await findKnown(pool, inputs, rules);
  const openIds = known.flatMap((file) => (file?.isOpen ? [file.importId] : []));
  const existing = openIds.length > 0 ? Math.max(...openIds) : null;
  const until = options.until ?? (await firstLiveView(pool));
  const client = await pool.connect();
  try {
    if (options.dryRun) await openTrial(client);
    const judge = createJudge(
      {
        catalog: createCatalog(pool),
        map,
        salt: memory.salt,
        until,
        now: parts.now,
        countWithoutAgent: options.countWithoutAgent,
        honourPrivacySignals: parts.honourPrivacySignals,
      },
      report,
    );
    const keeper = createKeeper({
      pool,
      trial: options.dryRun ? client : null,
      memory,
      importId: options.dryRun ? (existing ?? TRIAL_ID) : existing,
      rules,
    });
    const unmatched = countNames();
    for (const [i, input] of inputs.entries()) {
      if (signal?.aborted) break;
      await readFile(input, known[i] ?? null, { parts, judge, keeper, unmatched });
    }
    judge.finish();
    report.unmatchedPages = unmatched.top();
    report.newRows = keeper.newRows();
    report.interrupted = signal?.aborted ?? false;
    if (options.dryRun) await tryOut(client, memory, existing ?? TRIAL_ID, existing, report);
    else if (!report.interrupted) await count(pool, keeper.importId(), parts);
  } finally {
    // The connection has the table of a dry run.
    client.release(options.dryRun);
  }
}

/** What decides what a line means. */
const digestRules = (options: Parameters<typeof importViews>[0], { digest }: ViewMap) => {
  const { until, countWithoutAgent, trustedProxies, pageExtensions, formats } = options;
  const names = formats?.map(({ name }) => name) ?? null;
  return createHash("sha256")
    .update(JSON.stringify([digest, until, countWithoutAgent, trustedProxies, pageExtensions, names]))
    .digest("hex");
};

async function openMemory(pool: pg.Pool, windowMs: number): Promise<ImportMemory> {
  const memory = await readMemory(pool);
  if (memory && memory.windowMs !== windowMs)
    throw new Error(
      `the open imports were counted with a window of ${memory.windowMs / HOUR_MS} hours, and VIEW_DEDUP_TTL_HOURS is ${windowMs / HOUR_MS} now. Close them first: npm run import-views -- --close`,
    );
  return memory ?? { salt: newSalt(), windowMs, counted: true };
}

/** When this site counted its first view, Unix ms; null if it has none. Probe views of drills are nobody's. */
async function firstLiveView(pool: pg.Pool): Promise<number | null> {
  const { rows } = await pool.query<{ at: Date | null }>(
    `SELECT LEAST(
       (SELECT min(hour) FROM "ViewHour" WHERE (source LIKE 'r:%' OR source = 'db') AND views > 0 AND "targetId" <> 0),
       (SELECT min("firstAt") FROM "RedisLedger" WHERE accepted > base)) AS at`,
  );
  return rows[0]?.at?.getTime() ?? null;
}

/** Makes the history what the visits come to, where it is not. */
async function count(pool: pg.Pool, importId: number | null, { report, say = () => {} }: ImportParts) {
  report.import = importId;
  const memory = await readMemory(pool);
  if (memory && !memory.counted) {
    say("counting what was read");
    const tally = createTally(importId);
    const sources = (await readOpenImports(pool)).map(importSource);
    const { storyViews, chapterViews } = await recount(pool, memory.windowMs, sources, tally.add);
    report.moved = { storyViews, chapterViews };
    await tally.report(pool, report);
    await inTransaction(pool, async (tx) => {
      await noteCounted(tx, true);
      if (importId === null) return;
      await tx.query(`UPDATE "ViewImport" SET "ranAt" = now() WHERE id = $1`, [importId]);
      await tx.query(
        `INSERT INTO "AuditEvent" (actor, action, target, after) VALUES ('the command line', 'views.import', $1, $2)`,
        [
          `import ${importId}`,
          {
            files: report.files
              .map(({ name }) => name)
              .join(", ")
              .slice(0, 500),
            storyViews: report.storyViews,
            chapterViews: report.chapterViews,
          },
        ],
      );
    });
  } else if (importId !== null) {
    const { storyViews, chapterViews } = await sumImport(pool, importId);
    Object.assign(report, { storyViews, chapterViews });
  }
}

async function tryOut(
  client: pg.PoolClient,
  memory: ImportMemory,
  id: number,
  existing: number | null,
  report: ImportReport,
) {
  const tally = createTally(id);
  await tryCounts(client, memory.windowMs, tally.add);
  await tally.report(client, report);
  report.import = existing;
  const moved = { ...tally.all };
  for (const open of await readOpenImports(client)) {
    const { storyViews, chapterViews } = await sumImport(client, open);
    moved.storyViews -= storyViews;
    moved.chapterViews -= chapterViews;
  }
  report.moved = moved;
}
