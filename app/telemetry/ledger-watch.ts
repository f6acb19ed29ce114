import type pg from "pg";

/** The highest count that this process has seen of one shard's ledger in Redis. */
interface LedgerCount {
  ledger: string;
  /** Where this id's count started. */
  base: number;
  accepted: number;
}

/** Watches the ledgers' counts for a Redis that came back older. */
export interface LedgerWatch {
  /** See `OnLedger` in stores/redis/redis-views. */
  noteAnswer(shard: number, ledger: string, accepted: number, counted: number): void;
  /** Writes the highest counts seen to Postgres; rejects and keeps them when Postgres does not accept them. */
  flush(): Promise<void>;
}

/**
 * Keeps in Postgres the highest `accepted` that Redis ever reported for each shard's ledger: if Redis loses views, the
 * difference is the loss. A Redis that reports less than before came back older; its ledger is then renamed at once, so
 * that the views it counts from now on are not mistaken for those it had already counted.
 */
export function watchLedgers(
  pool: pg.Pool,
  rename: (shard: number, from: string, base: number) => Promise<string | null>,
  onError: (error: Error) => void,
): LedgerWatch {
  const highest = new Map<string, LedgerCount & { shard: number }>();
  const current = new Map<number, LedgerCount>();

  function note(shard: number, ledger: string, base: number, accepted: number) {
    const known = highest.get(`${shard}/${ledger}`);
    const entry = {
      shard,
      ledger,
      base: known?.base ?? base,
      accepted: Math.max(accepted, known?.accepted ?? 0),
    };
    highest.set(`${shard}/${ledger}`, entry);
    current.set(shard, entry);
  }

  return {
    noteAnswer(shard, ledger, accepted, counted) {
      const before = current.get(shard);
      if (before?.ledger === ledger && accepted < before.accepted) {
        // Until Redis has the new name, answers still arrive under the old one; the ledger is renamed only once.
        current.delete(shard);
        const base = accepted - counted;
        rename(shard, ledger, base).then((renamed) => {
          if (renamed) note(shard, renamed, base, accepted);
        }, onError);
        return;
      }
      note(shard, ledger, 0, accepted);
    },
    async flush() {
      const entries = [...highest.values()];
      if (entries.length === 0) return;
      await pool.query(
        `INSERT INTO "RedisLedger" AS l (shard, ledger, base, accepted)
         SELECT * FROM unnest($1::int[], $2::text[], $3::bigint[], $4::bigint[])
         ON CONFLICT (shard, ledger) DO UPDATE SET "seenAt" = now(),
           accepted = GREATEST(l.accepted, EXCLUDED.accepted), base = GREATEST(l.base, EXCLUDED.base)`,
        [
          entries.map((entry) => entry.shard),
          entries.map((entry) => entry.ledger),
          entries.map((entry) => entry.base),
          entries.map((entry) => entry.accepted),
        ],
      );
      // Ledgers that are no longer current have been written for the last time.
      for (const [key, entry] of highest)
        if (current.get(entry.shard) !== entry && entries.includes(entry)) highest.delete(key);
    },
  };
}
