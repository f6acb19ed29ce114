import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type pg from "pg";
import { LOCK_WAIT_MS, whileNoneImports } from "../../app/stores/postgres/imports/import-memory";
import { openInputs } from "../../scripts/import-views/inputs";
import { type ImportOptions, parseCommand } from "../../scripts/import-views/options";
import { newReport } from "../../scripts/import-views/report";
import { importViews } from "../../scripts/import-views/run";
import { parseViewMap } from "../../scripts/import-views/view-map";
import { createStory } from "./views";

/** How the lines of `combinedLine` match stories. */
export const TALES_MAP = `
pages:
  - /s/:story
  - /s/:story/part-:chapter.html
site: https://tales.example
`;

/** A folder for files to import. */
export function importFolder() {
  const dir = mkdtempSync(path.join(tmpdir(), "tidemark-import-"));
  return {
    write(name: string, text: string | Buffer) {
      const file = path.join(dir, name);
      writeFileSync(file, text);
      return file;
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Stories `tale-0`, `tale-1` … with two chapters each. */
export async function createTales(pool: pg.Pool, count: number) {
  const tales = [];
  for (let i = 0; i < count; i += 1) tales.push(await createStory(pool, `tale-${i}`, 2));
  return tales;
}

/** Imports files as the command does. @returns its report. */
export async function runImport(
  pool: pg.Pool,
  files: string[],
  {
    map = TALES_MAP,
    args = [],
    windowHours = 24,
    signal,
  }: { map?: string; args?: string[]; windowHours?: number; signal?: AbortSignal } = {},
) {
  const command = parseCommand([...files, "--map", "map.yaml", ...args]) as { options: ImportOptions };
  const { options } = command;
  const viewMap = parseViewMap(map, "map.yaml");
  const inputs = await openInputs(options, { ...options, map: viewMap });
  const report = newReport(options.dryRun);
  const done = await whileNoneImports(
    pool,
    () =>
      importViews(options, {
        pool,
        map: viewMap,
        inputs,
        report,
        windowMs: windowHours * 3_600_000,
        honourPrivacySignals: false,
        now: Date.now(),
        ...(signal && { signal }),
      }),
    LOCK_WAIT_MS,
  );
  if (!done) throw new Error("another import is running");
  return report;
}

/** Everything that says how often something was read: totals, hours and details; without rows of 0. */
export async function readEverything(pool: pg.Pool) {
  const ask = async (statement: string) =>
    (await pool.query(statement)).rows.map((row) => JSON.stringify(row));
  return {
    totals: await ask(
      `SELECT 'story' AS kind, id, "readCount" FROM "Story" UNION ALL SELECT 'chapter', id, "readCount" FROM "Chapter" ORDER BY 1, 2`,
    ),
    hours: await ask(`SELECT * FROM "ViewHour" WHERE views <> 0 ORDER BY kind, "targetId", hour, source`),
    details: await ask(
      `SELECT * FROM "ViewDetailHour" WHERE views <> 0 ORDER BY "storyId", hour, source, dimension, value`,
    ),
  };
}

/** Targets whose total is not the sum of their history: there must be none at any moment. */
export async function countDifferences(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ differ: number }>(
    `SELECT count(*)::int AS differ FROM (
       SELECT 'story' AS kind, id, "readCount" FROM "Story" UNION ALL SELECT 'chapter', id, "readCount" FROM "Chapter") t
     WHERE "readCount" <> (SELECT COALESCE(sum(views), 0) FROM "ViewHour" h WHERE h.kind = t.kind AND h."targetId" = t.id)`,
  );
  return rows[0]?.differ ?? 0;
}

/** The counts of the tales as `countPlainly` names them. */
export async function readTales(pool: pg.Pool): Promise<Map<string, number>> {
  const { rows } = await pool.query<{
    page: string;
    views: number;
    hours: { hour: string; views: number }[] | null;
  }>(
    `WITH pages AS (
       SELECT 'story' AS kind, id, 'story ' || substr(slug, 6) AS page, "readCount" FROM "Story" WHERE slug LIKE 'tale-%'
       UNION ALL SELECT 'chapter', c.id, 'chapter ' || substr(s.slug, 6) || '.' || c.number, c."readCount"
       FROM "Chapter" c JOIN "Story" s ON s.id = c."storyId" WHERE s.slug LIKE 'tale-%')
     SELECT page, "readCount"::float8 AS views, (
       SELECT json_agg(json_build_object('hour', to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24'), 'views', views))
       FROM (SELECT hour, sum(views) AS views FROM "ViewHour" h WHERE h.kind = p.kind AND h."targetId" = p.id
         GROUP BY 1 HAVING sum(views) <> 0) t) AS hours
     FROM pages p`,
  );
  const counts = new Map<string, number>();
  for (const { page, views, hours } of rows) {
    if (views !== 0) counts.set(page, views);
    for (const each of hours ?? []) counts.set(`${page} @ ${each.hour}`, each.views);
  }
  return counts;
}
