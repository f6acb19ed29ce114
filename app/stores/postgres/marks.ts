import type pg from "pg";
import { ADVISORY_LOCKS } from "~/platform/advisory-locks";
import { fieldOf, type HourBuffer, type Moved, parseField } from "~/tracker/hour-buffer";
import type { MarkReader, Marks } from "~/tracker/ports";
import { redisSource } from "~/tracker/source";
import type { TargetKind } from "~/tracker/view";
import { HOUR_MS } from "~/tracker/window";
import { inTransaction } from "./transaction";

/** Counters per transaction: enough to be cheap, few enough that a page never waits long for a row lock. */
const CHUNK = 5000;

const tables: Record<TargetKind, string> = { story: `"Story"`, chapter: `"Chapter"` };

/** $1 target ids, $2 cumulative views, $3 hour, $4 source. `old` and `new` in RETURNING need Postgres 18. */
const viewsStatement = (kind: TargetKind) => `
WITH incoming AS (SELECT * FROM unnest($1::int[], $2::int[]) AS u(id, views)),
moved AS (
  INSERT INTO "ViewHour" (kind, "targetId", hour, source, views)
  SELECT '${kind}', id, $3, $4, views FROM incoming ORDER BY id
  ON CONFLICT (kind, "targetId", hour, source) DO UPDATE SET views = EXCLUDED.views
    WHERE "ViewHour".views < EXCLUDED.views
  RETURNING new."targetId" AS id, new.views - COALESCE(old.views, 0) AS delta
), added AS (
  UPDATE ${tables[kind]} t SET "readCount" = t."readCount" + moved.delta FROM moved WHERE t.id = moved.id
  RETURNING t.id
)
SELECT
  (SELECT count(*)::int FROM moved) AS targets,
  (SELECT COALESCE(sum(delta), 0)::int FROM moved) AS views,
  (SELECT count(*)::int FROM moved WHERE id NOT IN (SELECT id FROM added)) AS orphans,
  (SELECT COALESCE(sum(h.views - i.views), 0)::int FROM incoming i JOIN "ViewHour" h
     ON h.kind = '${kind}' AND h."targetId" = i.id AND h.hour = $3 AND h.source = $4
     WHERE h.views > i.views) AS behind`;

const detailsStatement = `
INSERT INTO "ViewDetailHour" ("storyId", hour, source, dimension, value, views)
SELECT story, $5, $6, dimension, value, views
FROM unnest($1::int[], $2::text[], $3::text[], $4::int[]) AS u(story, dimension, value, views)
ORDER BY story, dimension, value
ON CONFLICT ("storyId", hour, source, dimension, value) DO UPDATE SET views = EXCLUDED.views
  WHERE "ViewDetailHour".views < EXCLUDED.views`;

/** Creates the marks in Postgres: a row of (target, hour, birth id) holds how much of that Redis buffer is in `readCount`. */
export function createMarks(pool: pg.Pool): Marks {
  return {
    async apply(shard, buffer) {
      const total: Moved = { targets: 0, views: 0, orphans: 0, behind: 0 };
      for (const chunk of chunks([...buffer.counts])) {
        const moved = await applyChunk(pool, shard, buffer, chunk);
        for (const name of ["targets", "views", "orphans", "behind"] as const) total[name] += moved[name];
      }
      return total;
    },
  };
}

/** Creates a reader of how much of a buffer is already in `readCount`; it changes nothing. */
export function createMarkReader(pool: pg.Pool): MarkReader {
  return {
    async read({ hour, birth }) {
      const { rows } = await pool.query<{ kind: TargetKind; id: number; views: number }>(
        `SELECT kind, "targetId" AS id, views FROM "ViewHour" WHERE hour = $1 AND source = $2`,
        [new Date(hour * HOUR_MS), redisSource(birth)],
      );
      return new Map(rows.map(({ views, ...target }) => [fieldOf(target), views]));
    },
  };
}

async function applyChunk(
  pool: pg.Pool,
  shard: number,
  buffer: HourBuffer,
  chunk: [string, number][],
): Promise<Moved> {
  const hour = new Date(buffer.hour * HOUR_MS);
  const source = redisSource(buffer.birth);
  const parsed = chunk.map(([field, count]) => ({ field: parseField(field), count }));
  return inTransaction(pool, async (client) => {
    const total: Moved = { targets: 0, views: 0, orphans: 0, behind: 0 };
    await client.query("SELECT pg_advisory_xact_lock($1, $2)", [ADVISORY_LOCKS.moveShard, shard]);
    for (const kind of ["story", "chapter"] as const) {
      const counters = parsed.flatMap(({ field, count }) =>
        field?.type === "views" && field.kind === kind ? [{ id: field.id, count }] : [],
      );
      if (counters.length === 0) continue;
      const { rows } = await client.query<Moved>(viewsStatement(kind), [
        counters.map(({ id }) => id),
        counters.map(({ count }) => count),
        hour,
        source,
      ]);
      for (const name of ["targets", "views", "orphans", "behind"] as const)
        total[name] += rows[0]?.[name] ?? 0;
    }
    const details = parsed.flatMap(({ field, count }) =>
      field?.type === "detail" ? [{ ...field, count }] : [],
    );
    if (details.length > 0)
      await client.query(detailsStatement, [
        details.map(({ storyId }) => storyId),
        details.map(({ dimension }) => dimension),
        details.map(({ value }) => value),
        details.map(({ count }) => count),
        hour,
        source,
      ]);
    return total;
  });
}

function* chunks<T>(items: T[]) {
  for (let i = 0; i < items.length; i += CHUNK) yield items.slice(i, i + CHUNK);
}
