import type { PrismaClient } from "../../../prisma/client/client";
import type { Accounts, Ledger, LedgerParts } from "./balance";
import { readAccounts } from "./read-accounts";

/** The ledger as Postgres alone can tell it. */
export interface LastKnownLedger {
  ledger: Ledger;
  /** When a process last heard from Redis, which is when `buffered` was so many; null if none ever did. */
  redisAt: Date | null;
}

/**
 * The ledger while Redis cannot be asked: the last that any process heard of Redis, and everything that Postgres holds since. Every
 * process writes each second how many views Redis has acknowledged (watch-ledgers), so this survives restarts and is the same in all
 * of them. Redis's own parts of the drift are left out: they can only be compared when it answers. Needs only Postgres; null before
 * the first view.
 */
export async function readLastKnownLedger(db: PrismaClient): Promise<LastKnownLedger | null> {
  const accounts = await readAccounts((statement) => db.$queryRawUnsafe(statement));
  const known = lastKnownLedger(new Date(), accounts);
  return known.ledger.accepted === 0 && known.redisAt === null ? null : known;
}

/** Adds up what Postgres knows. Views that Redis acknowledged, and that are neither synced nor known to be lost, wait in it. Pure. */
function lastKnownLedger(at: Date, accounts: Accounts): LastKnownLedger {
  const { lives, fallback, journal, earlierLosses, mismatched, explained, redisHeardAt } = accounts;
  const sum = (of: (life: Accounts["lives"][number]) => number) =>
    lives.reduce((total, life) => total + of(life), 0);
  // Where operators have explained that views are missing from Redis, these do not wait there.
  const explainedInRedis = Object.entries(explained).reduce(
    (total, [part, views]) => (part.startsWith("redis-") ? total + views : total),
    0,
  );
  const waiting = sum(({ accepted, base, synced, lost }) => Math.max(0, accepted - base - synced - lost));
  const parts: LedgerParts = {
    fallback:
      fallback.counted - fallback.retracted + fallback.promoted - fallback.moved - (explained.fallback ?? 0),
    journal: journal.missing - (explained.journal ?? 0),
    history: mismatched,
  };
  return {
    redisAt: redisHeardAt === null ? null : new Date(redisHeardAt),
    ledger: {
      at,
      accepted:
        sum(({ accepted, base }) => accepted - base) +
        fallback.counted +
        fallback.promoted -
        fallback.retracted +
        journal.waiting +
        journal.missing +
        earlierLosses,
      synced: sum(({ synced }) => synced),
      buffered: Math.max(0, waiting - explainedInRedis),
      fallback: fallback.moved + fallback.retracted,
      journalled: journal.waiting,
      retracted: fallback.retracted,
      knownLost: earlierLosses + sum(({ lost }) => lost),
      drift: Object.values(parts).reduce((total, views) => total + Math.abs(views), 0),
      parts,
    },
  };
}
