import type pg from "pg";
import { ADVISORY_LOCKS } from "~/platform/advisory-locks";
import {
  type Counts,
  fieldOf,
  type HourBuffer,
  type Moved,
  type ParsedField,
  parseField,
} from "~/tracker/hour-buffer";
import type { MarkReader, Marks, SyncedReader } from "~/tracker/ports";
import { redisSource } from "~/tracker/source";
import type { TargetKind } from "~/tracker/view";
import { HOUR_MS } from "~/tracker/window";
import { inHalves } from "./in-halves";
import { inTransaction } from "./transaction";

/** Transactions, and ms, spent on finding the counters of one piece that Postgres refuses. */
const SPLIT_TRIES = 40;
const SPLIT_MS = 20_000;

const tables: Record<TargetKind, string> = { story: `"Story"`, chapter: `"Chapter"` };

/** $1 target ids, $2 cumulative views, $3 hour, $4 source. `old` and `new` in RETURNING need Postgres 18. */
const viewsStatement = (kind: TargetKind) => `
WITH incoming AS (SELECT * FROM unnest($1::int[], $2::bigint[]) AS u(id, views)),
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
  (SELECT count(*) FROM moved)::float8 AS targets,
  (SELECT COALESCE(sum(delta), 0) FROM moved)::float8 AS views,
  (SELECT count(*) FROM moved WHERE id NOT IN (SELECT id FROM added))::float8 AS orphans`;

const detailsStatement = `
INSERT INTO "ViewDetailHour" ("storyId", hour, source, dimension, value, views)
SELECT story, $5, $6, dimension, value, views
FROM unnest($1::int[], $2::text[], $3::text[], $4::bigint[]) AS u(story, dimension, value, views)
ORDER BY story, dimension, value
ON CONFLICT ("storyId", hour, source, dimension, value) DO UPDATE SET views = EXCLUDED.views
  WHERE "ViewDetailHour".views < EXCLUDED.views`;

/**
 * Adds to the totals, in the transaction that moves the views: whatever Postgres forgets, it forgets both.
 * $1 birth id, $2 shard, $3 ledger, $4 hour, $5 views moved, $6 the ledger's count or 0.
 */
const totalsStatement = `
WITH buffer AS (
  INSERT INTO "SyncedBuffer" AS b (birth, shard, ledger, hour, views) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (birth) DO UPDATE SET views = b.views + EXCLUDED.views, "movedAt" = now()
)
INSERT INTO "RedisLedger" AS l (shard, ledger, accepted, synced) VALUES ($2, $3, GREATEST($5, $6), $5)
ON CONFLICT (shard, ledger) DO UPDATE SET synced = l.synced + EXCLUDED.synced,
  accepted = GREATEST(l.accepted, $6::bigint, l.synced + EXCLUDED.synced), "seenAt" = now()`;

/** A counter on its way to Postgres. */
interface Counter {
  name: string;
  field: ParsedField;
  count: number;
}

/** Reads how much of some buffers Postgres has, as totals. */
export function createSyncedReader(pool: pg.Pool): SyncedReader {
  return {
    async readSynced(births) {
      const { rows } = await pool.query<{ birth: string; views: number; writes: number | null }>(
        `SELECT birth, views::float8 AS views, writes::float8 AS writes FROM "SyncedBuffer" WHERE birth = ANY($1::text[])`,
        [births],
      );
      return new Map(rows.map(({ birth, ...totals }) => [birth, totals]));
    },
  };
}

/** Creates the marks in Postgres: a row of (target, hour, birth id) holds how much of that Redis buffer is in `readCount`. */
export function createMarks(pool: pg.Pool): Marks {
  return {
    ...createSyncedReader(pool),
    async apply(shard, buffer, counts, accepted) {
      const counters: Counter[] = [];
      for (const [name, count] of counts) {
        const field = parseField(name);
        if (field) counters.push({ name, field, count });
      }
      const total = nothingMoved();
      const run = async (some: Counter[]) => {
        const moved = await inTransaction(pool, (client) => apply(client, shard, buffer, some, accepted));
        for (const name of ["targets", "views", "orphans"] as const) total[name] += moved[name];
        return some.map(() => null);
      };
      const results = await inHalves(counters, run, {
        tries: SPLIT_TRIES,
        until: performance.now() + SPLIT_MS,
      });
      const done: Counts = new Map();
      const problems = new Set<string>();
      for (const [i, { name, count }] of counters.entries()) {
        const error = results[i];
        if (error) problems.add(`counter ${name}: ${error.message}`);
        else done.set(name, count);
      }
      return { ...total, done, left: counts.size - done.size, problem: [...problems].join("; ") || null };
    },
    async finish(shard, { birth, ledger, hour }, writes) {
      await pool.query(
        `INSERT INTO "SyncedBuffer" AS b (birth, shard, ledger, hour, views, writes) VALUES ($1, $2, $3, $4, 0, $5)
         ON CONFLICT (birth) DO UPDATE SET writes = GREATEST(b.writes, EXCLUDED.writes)`,
        [birth, shard, ledger, hourOf(hour), writes],
      );
    },
  };
}

/** Creates a reader of how much of some counters is already in `readCount`; it changes nothing. */
export function createMarkReader(pool: pg.Pool): MarkReader & SyncedReader {
  return {
    ...createSyncedReader(pool),
    async readMarks({ hour, birth }, fields) {
      const targets = fields.map(parseField).filter((field) => field?.type === "views");
      const { rows } = await pool.query<{ kind: TargetKind; id: number; views: number }>(
        `SELECT kind, "targetId" AS id, views::float8 AS views FROM "ViewHour"
         JOIN unnest($3::text[], $4::int[]) AS u(wanted, id) ON kind = wanted AND "targetId" = u.id
         WHERE hour = $1 AND source = $2`,
        [hourOf(hour), redisSource(birth), targets.map(({ kind }) => kind), targets.map(({ id }) => id)],
      );
      return new Map(rows.map(({ views, ...target }) => [fieldOf(target), views]));
    },
  };
}

const hourOf = (hour: number) => new Date(hour * HOUR_MS);

async function apply(
  client: pg.PoolClient,
  shard: number,
  { hour, birth, ledger }: HourBuffer,
  counters: Counter[],
  accepted: number,
): Promise<Moved> {
  let total = nothingMoved();
  const source = redisSource(birth);
  await client.query("SELECT pg_advisory_xact_lock($1, $2)", [ADVISORY_LOCKS.moveShard, shard]);
  for (const kind of ["story", "chapter"] as const) {
    const views = counters.flatMap(({ field, count }) =>
      field.type === "views" && field.kind === kind ? [{ id: field.id, count }] : [],
    );
    if (views.length === 0) continue;
    const { rows } = await client.query<Moved>(viewsStatement(kind), [
      views.map(({ id }) => id),
      views.map(({ count }) => count),
      hourOf(hour),
      source,
    ]);
    total = sum(total, rows[0] ?? nothingMoved());
  }
  const details = counters.flatMap(({ field, count }) =>
    field.type === "detail" ? [{ ...field, count }] : [],
  );
  if (details.length > 0)
    await client.query(detailsStatement, [
      details.map(({ storyId }) => storyId),
      details.map(({ dimension }) => dimension),
      details.map(({ value }) => value),
      details.map(({ count }) => count),
      hourOf(hour),
      source,
    ]);
  await client.query(totalsStatement, [birth, shard, ledger, hourOf(hour), total.views, accepted]);
  return total;
}

const nothingMoved = (): Moved => ({ targets: 0, views: 0, orphans: 0 });

const sum = (a: Moved, b: Moved): Moved => ({
  targets: a.targets + b.targets,
  views: a.views + b.views,
  orphans: a.orphans + b.orphans,
});
