import type pg from "pg";
import type { LedgerAnswer } from "~/stores/redis/redis-views";

/** Watches the ledgers' counts, so that a loss can be measured. */
export interface LedgerWatch {
  noteAnswer(answer: LedgerAnswer): void;
  /** See `LedgerListeners`. */
  noteTaught(shard: number, ledger: string, taught: number): void;
  /** Writes the highest counts seen to Postgres; rejects and keeps them when Postgres does not accept them. */
  flush(): Promise<void>;
}

/**
 * Keeps in Postgres the highest `accepted` that each life of each shard's ledger ever reported: if Redis loses views, this is
 * what they are measured against. A count that becomes smaller from one call to the next within a life means that the server's data
 * were replaced while it ran; that life is then ended at once, so that the views counted from now on are not mistaken for those it
 * had already counted.
 */
export function watchLedgers(
  pool: pg.Pool,
  renew: (shard: number, from: string) => Promise<unknown>,
  onError: (error: Error) => void,
): LedgerWatch {
  /** What is not in Postgres yet. */
  const highest = new Map<string, { shard: number; ledger: string; accepted: number; taught: number }>();
  /** The answer to the latest call of each shard. */
  const latest = new Map<number, LedgerAnswer>();

  function note(shard: number, ledger: string, accepted: number, taught = 0) {
    const key = `${shard}/${ledger}`;
    const known = highest.get(key) ?? { accepted: 0, taught: 0 };
    highest.set(key, {
      shard,
      ledger,
      accepted: Math.max(accepted, known.accepted),
      taught: Math.max(taught, known.taught),
    });
  }

  return {
    noteAnswer(answer) {
      const { shard, ledger, accepted } = answer;
      const before = latest.get(shard);
      // An earlier call's total is smaller, as it should be, although its answer comes to be noted later.
      if (before && before.call > answer.call) return note(shard, ledger, accepted);
      latest.set(shard, answer);
      if (before?.ledger !== ledger || accepted >= before.accepted) return note(shard, ledger, accepted);
      // These views were acknowledged on top of those that are missing now.
      note(shard, ledger, before.accepted + answer.counted);
      renew(shard, ledger).catch(onError);
    },
    noteTaught: (shard, ledger, taught) => note(shard, ledger, 0, taught),
    async flush() {
      const entries = [...highest];
      if (entries.length === 0) return;
      const lives = entries.map(([, life]) => life);
      await pool.query(
        `INSERT INTO "RedisLedger" AS l (shard, ledger, accepted, taught)
         SELECT * FROM unnest($1::int[], $2::text[], $3::bigint[], $4::bigint[]) ORDER BY 1, 2
         ON CONFLICT (shard, ledger) DO UPDATE SET "seenAt" = now(), accepted = GREATEST(l.accepted, EXCLUDED.accepted),
           taught = GREATEST(l.taught, EXCLUDED.taught)`,
        [
          lives.map(({ shard }) => shard),
          lives.map(({ ledger }) => ledger),
          lives.map(({ accepted }) => accepted),
          lives.map(({ taught }) => taught),
        ],
      );
      for (const [key, life] of entries) if (highest.get(key) === life) highest.delete(key);
    },
  };
}
