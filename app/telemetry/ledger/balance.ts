import { lookUp } from "~/shared/look-up";
import type { ShardReading } from "~/tracker/hour-buffer";
import type { SyncedTotals } from "~/tracker/ports";
import { DAY_MS } from "~/tracker/window";

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
  /** Views of outages that it has been taught. */
  taught: number;
  /** Lost for good, as recorded when it ended. */
  lost: number;
  /** Unix ms; null while no reading has found another life in its place. */
  endedAt: number | null;
}

/** Postgres's side of the ledger, read in one statement. */
export interface Accounts {
  lives: Life[];
  /** `moved` is by how much the hourly history moved. */
  fallback: { counted: number; retracted: number; promoted: number; moved: number };
  /** Acknowledged lines of the journal: in a file that a process has, and in files that are gone. */
  journal: { waiting: number; missing: number };
  /** Losses that versions before lives recorded. */
  earlierLosses: number;
  /** Views by which read counts and history differed when they were last compared. */
  mismatched: number;
  /** Drift that operators have explained, by part. */
  explained: LedgerParts;
  /** When a process last heard from a life of Redis that goes on, Unix ms; null if none ever did. */
  redisHeardAt: number | null;
}

/** The state of one life: what became of the views that it accepted. */
export interface LifeBalance extends Life {
  buffered: number;
  /** How many of its accepted views Redis's data still have, synced or not. */
  survived: number;
  /** Views that Redis accepted and no longer has in its data, in Postgres or not: it has forgotten their readers too. */
  forgotten: number;
  /** Views in Postgres whose readers Redis has forgotten with it. */
  mayRepeat: number;
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

/** A life that ended longer ago than any window is closed: its loss stays as it was recorded. */
const CLOSED_AFTER_MS = 8 * DAY_MS;

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
    const buffered = sum(reading?.buffers ?? [], ({ ledger, birth, views }) =>
      ledger === life.ledger ? Math.max(0, views - (synced.get(birth)?.views ?? 0)) : 0,
    );
    const isCurrent = reading?.ledger === life.ledger;
    const left = reading?.ended.findLast(({ ledger }) => ledger === life.ledger);
    const survived = isCurrent ? reading.accepted : (left?.survived ?? 0);
    const survivedTaught = isCurrent ? reading.taught : (left?.survivedTaught ?? 0);
    const accepted = isCurrent ? life.accepted : Math.max(life.accepted, life.base + life.synced + buffered);
    const closed = life.endedAt !== null && at.getTime() - life.endedAt > CLOSED_AFTER_MS;
    const forgotten = closed ? 0 : Math.max(0, accepted - life.base - survived);
    const forgottenTaught = closed ? 0 : Math.max(0, life.taught - survivedTaught);
    const unaccounted = accepted - life.base - life.synced - buffered;
    const lost = closed ? life.lost : Math.min(Math.max(0, unaccounted), forgotten);
    const missing = unaccounted - lost;
    return {
      ...life,
      accepted,
      buffered,
      survived,
      lost,
      forgotten,
      mayRepeat: forgotten - lost + forgottenTaught,
      missing,
      replaced: isCurrent && forgotten > 0,
    };
  });

  const { fallback, journal, earlierLosses, mismatched, explained } = accounts;
  const parts: LedgerParts = {};
  for (const [shard] of shards.entries())
    parts[`redis-${shard}`] = sum(lives, (life) => (life.shard === shard ? life.missing : 0));
  parts.fallback = fallback.counted - fallback.retracted + fallback.promoted - fallback.moved;
  parts.journal = journal.missing;
  for (const [part, views] of Object.entries(explained)) parts[part] = (lookUp(parts, part) ?? 0) - views;
  parts.history = mismatched;

  const ledger: Ledger = {
    at,
    accepted:
      sum(lives, (life) => life.accepted - life.base) +
      fallback.counted +
      fallback.promoted -
      fallback.retracted +
      journal.waiting +
      journal.missing +
      earlierLosses,
    synced: sum(lives, (life) => life.synced),
    buffered: sum(lives, (life) => life.buffered),
    fallback: fallback.moved + fallback.retracted,
    journalled: journal.waiting,
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
  const add = (shard: number, ledger: string, accepted: number, taught: number) => {
    const life = lives.get(`${shard}/${ledger}`);
    if (!life)
      lives.set(`${shard}/${ledger}`, {
        shard,
        ledger,
        base: 0,
        accepted,
        synced: 0,
        taught,
        lost: 0,
        endedAt: null,
      });
    // What a life accepted is settled once its end is recorded.
    else if (life.endedAt === null) {
      life.accepted = Math.max(life.accepted, accepted);
      life.taught = Math.max(life.taught, taught);
    }
  };
  for (const [shard, { ledger, accepted, taught, ended }] of shards.entries()) {
    for (const life of ended) add(shard, life.ledger, life.survived, life.survivedTaught);
    add(shard, ledger, accepted, taught);
  }
  return [...lives.values()];
}

const sum = <T>(items: Iterable<T>, of: (item: T) => number) => {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
};
