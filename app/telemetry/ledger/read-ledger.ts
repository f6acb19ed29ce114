import type pg from "pg";
import { createSyncedReader } from "~/stores/postgres/marks";
import type { ShardReader } from "~/tracker/ports";
import { allShards } from "~/tracker/shard";
import { type Accounts, type Balance, balance, type Ledger, type Life } from "./balance";
import { readAccounts } from "./read-accounts";

/** The ledger is read again when a sync moved views meanwhile, at most this many times. */
const MAX_TRIES = 5;

/** A consistent reading of Postgres and Redis, and what of it must be written down. */
export interface Reading extends Balance {
  shards: Awaited<ReturnType<ShardReader["readShard"]>>[];
}

/**
 * Reads the whole ledger. Postgres is read before and after Redis: the two are consistent only if no sync moved anything in
 * between. @returns null when syncs never paused long enough; rejects when Redis or Postgres does not answer.
 */
export async function readBalance(pool: pg.Pool, redis: ShardReader): Promise<Reading | null> {
  const ask = async <Row>(statement: string) => (await pool.query(statement)).rows as Row[];
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const before = await readAccounts(ask);
    const shards = await Promise.all(allShards.map((shard) => redis.readShard(shard)));
    const births = shards.flatMap(({ buffers }) => buffers.map(({ birth }) => birth));
    const synced = await createSyncedReader(pool).readSynced(births);
    const accounts = await readAccounts(ask);
    if (syncedIn(accounts) !== syncedIn(before)) continue;
    const lives = withMarksOf(before, accounts);
    return { ...balance(new Date(), { ...accounts, lives }, shards, synced), shards };
  }
  return null;
}

/**
 * Reads the current ledger and changes nothing. Views that Redis has lost since the last sync are shown as known loss, as the
 * next sync will record them. @returns null, and rejects, as `readBalance` does.
 */
export async function readLedger(pool: pg.Pool, redis: ShardReader): Promise<Ledger | null> {
  return (await readBalance(pool, redis))?.ledger ?? null;
}

/**
 * The lives, with the counts that were known before Redis was read: web processes write theirs every second, and one that is younger than
 * Redis's reading would look as if Redis had lost views since. A life that Postgres learned of meanwhile is as Redis has it.
 */
function withMarksOf(before: Accounts, { lives }: Accounts): Life[] {
  const known = new Map(before.lives.map((life) => [`${life.shard}/${life.ledger}`, life]));
  return lives.map((life) => {
    const earlier = known.get(`${life.shard}/${life.ledger}`);
    return { ...life, accepted: earlier?.accepted ?? life.base + life.synced, taught: earlier?.taught ?? 0 };
  });
}

const syncedIn = ({ lives }: Accounts) => lives.reduce((sum, { synced }) => sum + synced, 0);
