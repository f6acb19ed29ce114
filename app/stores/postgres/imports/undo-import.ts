import type pg from "pg";
import { importSource } from "~/tracker/source";
import type { TargetKind } from "~/tracker/view";
import { type Change, changeDetails, changeHours, lockTargets } from "../set-history";
import { inTransaction } from "../transaction";
import { noteCounted, readMemory, readOpenImports } from "./import-memory";
import { recount } from "./recount";
import { deleteVisits } from "./visits";

/** What the history has of one import. */
export interface ImportedViews {
  storyViews: number;
  chapterViews: number;
  stories: number;
}

/** Targets per transaction. */
const TARGETS = 200;

/** Adds up what the history has of an import. It reads all of the history: no index knows sources. */
export async function sumImport(client: Pick<pg.ClientBase, "query">, id: number): Promise<ImportedViews> {
  const { rows } = await client.query<ImportedViews>(
    `SELECT COALESCE(sum(views) FILTER (WHERE kind = 'story'), 0)::float8 AS "storyViews",
       COALESCE(sum(views) FILTER (WHERE kind = 'chapter'), 0)::float8 AS "chapterViews",
       count(DISTINCT "targetId") FILTER (WHERE kind = 'story')::int AS stories
     FROM "ViewHour" WHERE source = $1 AND views <> 0`,
    [importSource(id)],
  );
  return rows[0] ?? { storyViews: 0, chapterViews: 0, stories: 0 };
}

/** The slugs of stories of which operators have voided hours that the import has views of: undoing it would take these out twice. */
export async function listVoided(client: Pick<pg.ClientBase, "query">, id: number): Promise<string[]> {
  const { rows } = await client.query<{ slug: string }>(
    `SELECT DISTINCT s.slug FROM "ViewHour" i
     JOIN "ViewHour" v ON v.kind = i.kind AND v."targetId" = i."targetId" AND v.hour = i.hour AND v.source LIKE 'void:%' AND v.views <> 0
     LEFT JOIN "Chapter" c ON i.kind = 'chapter' AND c.id = i."targetId"
     JOIN "Story" s ON s.id = COALESCE(c."storyId", i."targetId")
     WHERE i.source = $1 AND i.views <> 0 ORDER BY 1`,
    [importSource(id)],
  );
  return rows.map(({ slug }) => slug);
}

/**
 * Takes all views of an import out of history and totals. While imports are open, readers whom another one knows, too, are counted
 * there again, as if this one had never been. Expects the lock of imports, and an import that is marked as undone; cut short, it goes on
 * the next time. Rows are set to 0 and not deleted: what was added up from them learns of a change, not of an absence.
 */
export async function takeBack(pool: pg.Pool, id: number): Promise<void> {
  const memory = await readMemory(pool);
  if (memory) {
    await noteCounted(pool, false);
    await deleteVisits(pool, id);
    await recount(pool, memory.windowMs, (await readOpenImports(pool)).map(importSource));
  }
  await setToZero(pool, importSource(id));
  if (memory) await noteCounted(pool, true);
}

async function setToZero(pool: pg.Pool, source: string) {
  const change: Change = { how: "set", sources: [source] };
  for (const kind of ["story", "chapter"] as const)
    for (const ids of await targetsOf(pool, kind, source))
      await inTransaction(pool, async (client) => {
        const there = await lockTargets(client, kind, ids);
        if (kind === "story")
          await changeDetails(client, there, [], ["referrer", "device", "excluded"], change);
        await changeHours(client, kind, there, [], change);
      });
}

async function targetsOf(pool: pg.Pool, kind: TargetKind, source: string): Promise<number[][]> {
  const { rows } = await pool.query<{ id: number }>(
    `SELECT DISTINCT "targetId" AS id FROM "ViewHour" WHERE kind = $1 AND source = $2 AND views <> 0
     UNION SELECT DISTINCT "storyId" FROM "ViewDetailHour" WHERE $1 = 'story' AND source = $2 AND views <> 0 ORDER BY id`,
    [kind, source],
  );
  const ids = rows.map((row) => row.id);
  return Array.from({ length: Math.ceil(ids.length / TARGETS) }, (_, i) =>
    ids.slice(i * TARGETS, (i + 1) * TARGETS),
  );
}
