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
import {
  detailsStatement,
  lockStatement,
  type Meeting,
  totalsStatement,
  viewsStatement,
} from "./mark-statements";
import { isDuplicateKey } from "./sql-errors";
import { inTransaction } from "./transaction";

/** Transactions, and ms, spent on finding the counters of one piece that Postgres refuses: about 30 for each that stands alone. */
const SPLIT_TRIES = 60;
const SPLIT_MS = 20_000;

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
    async apply(shard, buffer, counts, accepted, isNew = false) {
      const counters: Counter[] = [];
      for (const [name, count] of counts) {
        const field = parseField(name);
        if (field) counters.push({ name, field, count });
      }
      const total = nothingMoved();
      const move = (some: Counter[], meeting: Meeting) =>
        inTransaction(pool, (client) => apply(client, shard, buffer, some, accepted, meeting));
      const moveNew = (some: Counter[]) =>
        move(some, "new").catch((error: unknown) => {
          if (!isDuplicateKey(error)) throw error;
          return move(some, "raise");
        });
      const run = async (some: Counter[]) => {
        const moved = await (isNew ? moveNew(some) : move(some, "raise"));
        for (const name of ["targets", "views", "orphans"] as const) total[name] += moved[name];
        return some.map(() => null);
      };
      const results = await inHalves(counters, run, {
        tries: SPLIT_TRIES,
        until: performance.now() + SPLIT_MS,
      });
      const done: Counts = new Map();
      const problems = new Set<string>();
      counters.forEach(({ name, count }, i) => {
        const error = results[i];
        if (error) problems.add(`counter ${name}: ${error.message}`);
        else done.set(name, count);
      });
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
  meeting: Meeting,
): Promise<Moved> {
  let total = nothingMoved();
  const source = redisSource(birth);
  await client.query(lockStatement, [ADVISORY_LOCKS.moveShard, shard]);
  const { details, views } = inColumns(counters);
  const [stories, dimensions, values, detailCounts] = details;
  if (stories.length > 0)
    await client.query(detailsStatement(meeting), [
      literal(stories),
      literal(dimensions),
      values,
      literal(detailCounts),
      hourOf(hour),
      source,
    ]);
  // Last, since it locks the rows of the stories and chapters, which views counted in Postgres wait for.
  for (const kind of ["story", "chapter"] as const) {
    const [ids, counts] = views[kind];
    if (ids.length === 0) continue;
    const { rows } = await client.query<Moved>(viewsStatement(kind, meeting), [
      literal(ids),
      literal(counts),
      hourOf(hour),
      source,
    ]);
    total = sum(total, rows[0] ?? nothingMoved());
  }
  await client.query(totalsStatement, [birth, shard, ledger, hourOf(hour), total.views, accepted]);
  return total;
}

/** The counters as the statements take them: an array per column. */
function inColumns(counters: Counter[]) {
  const details: [number[], string[], string[], number[]] = [[], [], [], []];
  const views: Record<TargetKind, [number[], number[]]> = { story: [[], []], chapter: [[], []] };
  for (const { field, count } of counters)
    if (field.type === "views") {
      views[field.kind][0].push(field.id);
      views[field.kind][1].push(count);
    } else {
      details[0].push(field.storyId);
      details[1].push(field.dimension);
      details[2].push(field.value);
      details[3].push(count);
    }
  return { details, views };
}

/** An array of numbers or plain words as Postgres writes it: pg would look at each element for characters to escape. */
const literal = (elements: (number | string)[]) => `{${elements.join()}}`;

const nothingMoved = (): Moved => ({ targets: 0, views: 0, orphans: 0 });

const sum = (a: Moved, b: Moved): Moved => ({
  targets: a.targets + b.targets,
  views: a.views + b.views,
  orphans: a.orphans + b.orphans,
});
