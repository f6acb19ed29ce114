import type pg from "pg";

/** What a process knows of one shard's ledger in Redis. */
interface Seen {
  ledger: string;
  /** Where this id's count began. */
  base: number;
  accepted: number;
}

export interface LedgerWatch {
  /** See `OnLedger` in stores/redis-views. */
  noteAnswer(shard: number, ledger: string, accepted: number, counted: number): void;
  /** Writes the highest counts seen to Postgres; rejects when it does not take them, and keeps them. */
  flush(): Promise<void>;
}

/**
 * Remembers the highest `accepted` that Redis ever told of each shard's ledger, in Postgres: if Redis loses views, the
 * difference is how many. When Redis answers with less than before it came back older; its ledger is then renamed at
 * once, so that what it counts from now on is not mistaken for what it had counted already.
 */
export function watchLedgers(
  pool: pg.Pool,
  rename: (shard: number, from: string, base: number) => Promise<string | null>,
  onError: (error: Error) => void,
): LedgerWatch {
  const seen = new Map<string, Seen & { shard: number }>();
  const current = new Map<number, Seen>();

  function note(shard: number, ledger: string, base: number, accepted: number) {
    const known = seen.get(`${shard}/${ledger}`);
    const entry = {
      shard,
      ledger,
      base: known?.base ?? base,
      accepted: Math.max(accepted, known?.accepted ?? 0),
    };
    seen.set(`${shard}/${ledger}`, entry);
    current.set(shard, entry);
  }

  return {
    noteAnswer(shard, ledger, accepted, counted) {
      const before = current.get(shard);
      if (before?.ledger === ledger && accepted < before.accepted) {
        // Until Redis has the new name, answers go on coming under the old one: they are older still, and renamed once.
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
      const entries = [...seen.values()];
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
      // What is no longer current is written for good.
      for (const [key, entry] of seen)
        if (current.get(entry.shard) !== entry && entries.includes(entry)) seen.delete(key);
    },
  };
}
