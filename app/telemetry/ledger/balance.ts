import type { ShardReading } from "~/tracker/hour-buffer";
import type { SyncedTotals } from "~/tracker/ports";

/** Where every accepted view is. Views, not page loads: a chapter view that also counts for its story is two. */
export interface Ledger {
  at: Date;
  /** Answered as counted, in either store, less the retracted ones. */
  accepted: number;
  /** In Postgres, via Redis. */
  synced: number;
  /** In Redis, not yet synced. */
  buffered: number;
  /** Counted directly in Postgres, including the retracted ones. */
  fallback: number;
  journalled: number;
  retracted: number;
  /** Lost by Redis after it had acknowledged them. */
  knownLost: number;
  /** Views that do not add up: the sum over the parts, whatever their sign, so that two errors cannot cancel out. */
  drift: number;
  /** The drift of each part, with its sign: positive if views are missing. Null in entries of earlier versions. */
  parts: LedgerParts | null;
}

/** `redis-0` to `redis-3`, `fallback`, `journal`; `history` is where read counts and hourly history differ. */
export type LedgerParts = Record<string, number>;

/** One life of one shard's ledger, as Postgres has it. */
export interface Life {
  shard: number;
  ledger: string;
  base: number;
  accepted: number;
  synced: number;
  survived: number | null;
  ended: boolean;
}

/** Postgres's side of the ledger, read in one statement. */
export interface Accounts {
  lives: Life[];
  /** `moved` is by how much the hourly history moved. */
  fallback: { counted: number; retracted: number; promoted: number; moved: number };
  journalled: number;
  /** Losses that versions before lives recorded. */
  earlierLosses: number;
  /** Views by which read counts and history differed when they were last compared. */
  mismatched: number;
  /** Drift that operators have explained, by part. */
  explained: LedgerParts;
}

/** The state of one life: what became of the views that it accepted. */
export interface LifeBalance extends Life {
  buffered: number;
  /** Accepted in this life and nowhere to be found, because Redis lost them. */
  lost: number;
  /** Views that Redis accepted and no longer has in its data, in Postgres or not: it has forgotten their readers too. */
  forgotten: number;
  /** Neither anywhere nor lost; negative when more are somewhere than were accepted. */
  missing: number;
  /** The data behind a life that still goes on have become older: it must be ended. */
  replaced: boolean;
}

/** The ledger, and the lives that it was computed from. */
export interface Balance {
  ledger: Ledger;
  lives: LifeBalance[];
}

/**
 * Adds up. Each life must account for what it accepted: in Postgres, in Redis or, once it has ended, lost. A loss is at most what
 * did not survive in Redis's data; whatever else is missing is drift.
 */
export function balance(
  at: Date,
  accounts: Accounts,
  shards: ShardReading[],
  synced: Map<string, SyncedTotals>,
): Balance {
  const lives = mergeLives(accounts.lives, shards).map((life): LifeBalance => {
    const reading = shards[life.shard];
    const buffered = sum(reading?.buffers ?? [], (buffer) =>
      buffer.ledger === life.ledger ? Math.max(0, buffer.views - (synced.get(buffer.birth)?.views ?? 0)) : 0,
    );
    const isCurrent = reading?.ledger === life.ledger;
    const survived = isCurrent ? reading.accepted : life.survived;
    const accepted = isCurrent ? life.accepted : Math.max(life.accepted, life.synced + buffered + life.base);
    const unaccounted = accepted - life.base - life.synced - buffered;
    const forgotten = Math.max(0, accepted - life.base - (survived ?? 0));
    const lost = Math.min(Math.max(0, unaccounted), forgotten);
    const replaced = isCurrent && life.accepted > reading.accepted;
    return { ...life, accepted, buffered, lost, forgotten, missing: unaccounted - lost, replaced };
  });

  const { fallback, journalled, earlierLosses, mismatched, explained } = accounts;
  const parts: LedgerParts = {};
  for (const [shard] of shards.entries())
    parts[`redis-${shard}`] = sum(lives, (life) => (life.shard === shard ? life.missing : 0));
  parts.fallback = fallback.counted - fallback.retracted + fallback.promoted - fallback.moved;
  for (const [part, views] of Object.entries(explained)) parts[part] = (parts[part] ?? 0) - views;
  parts.history = mismatched;

  const ledger: Ledger = {
    at,
    accepted:
      sum(lives, (life) => life.accepted - life.base) +
      fallback.counted +
      fallback.promoted -
      fallback.retracted +
      journalled +
      earlierLosses,
    synced: sum(lives, (life) => life.synced),
    buffered: sum(lives, (life) => life.buffered),
    fallback: fallback.moved + fallback.retracted,
    journalled,
    retracted: fallback.retracted,
    knownLost: earlierLosses + sum(lives, (life) => life.lost),
    drift: sum(Object.values(parts), Math.abs),
    parts,
  };
  return { ledger, lives };
}

/** The lives that Postgres knows, and those that only Redis knows yet. */
function mergeLives(known: Life[], shards: ShardReading[]): Life[] {
  const lives = new Map(known.map((life) => [`${life.shard}/${life.ledger}`, { ...life }]));
  for (const [shard, { ledger, accepted, before, survived }] of shards.entries()) {
    const current = lives.get(`${shard}/${ledger}`);
    if (current) current.accepted = Math.max(current.accepted, accepted);
    else
      lives.set(`${shard}/${ledger}`, {
        shard,
        ledger,
        base: 0,
        accepted,
        synced: 0,
        survived: null,
        ended: false,
      });
    const last = lives.get(`${shard}/${before}`);
    if (last) {
      last.survived ??= survived;
      last.accepted = Math.max(last.accepted, survived);
    }
  }
  return [...lives.values()];
}

const sum = <T>(items: Iterable<T>, of: (item: T) => number) => {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
};
