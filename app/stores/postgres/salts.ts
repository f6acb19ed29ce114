import { randomBytes } from "node:crypto";
import type pg from "pg";
import type { SaltOf } from "~/tracker/viewer";

/** The salts of the days around now, and their deletion. */
export interface Salts {
  /** Throws for a day that `ready` has not loaded. */
  of: SaltOf;
  /** Makes sure that the salts of the day and its two neighbours are loaded. Rejects when they are not and Postgres does not answer. */
  ready(day: number): Promise<void>;
  /** Permanently deletes the salts that no window can need: only a day and its neighbours are ever used. Returns how many. */
  forget(today: number): Promise<number>;
}

/** While Postgres is unreachable, loading the salt of the day after tomorrow is retried after this long, ms. */
const RETRY_MS = 1000;

/**
 * Creates the salts of anonymous viewers' keys: 32 random bytes per UTC day, shared by all processes through Postgres. Each
 * process fetches them a day early, so that counting continues when Postgres is unreachable at midnight.
 */
export function createSalts(pool: pg.Pool): Salts {
  const known = new Map<number, Buffer>();
  let loading: { day: number; done: Promise<void> } | null = null;
  let lookedAheadAt = 0;

  const isReady = (day: number) => known.has(day - 1) && known.has(day) && known.has(day + 1);

  async function load(day: number) {
    const days = [day - 1, day, day + 1, day + 2];
    await pool.query(
      `INSERT INTO "Salt" (day, salt) SELECT * FROM unnest($1::int[], $2::bytea[]) ON CONFLICT DO NOTHING`,
      [days, days.map(() => randomBytes(32))],
    );
    const { rows } = await pool.query<{ day: number; salt: Buffer }>(
      `SELECT day, salt FROM "Salt" WHERE day = ANY($1::int[])`,
      [days],
    );
    for (const row of rows) known.set(row.day, row.salt);
    for (const old of known.keys()) if (Math.abs(old - day) > 2) known.delete(old);
  }

  function loadOnce(day: number) {
    if (loading?.day !== day) {
      const mine = { day, done: load(day) };
      loading = mine;
      const clear = () => {
        if (loading === mine) loading = null;
      };
      mine.done.then(clear, clear);
    }
    return loading.done;
  }

  return {
    of(day) {
      const salt = known.get(day);
      if (!salt) throw new Error(`the salt of day ${day} is not loaded`);
      return salt;
    },
    async ready(day) {
      if (!isReady(day)) return loadOnce(day);
      // Tomorrow needs one more day: it is fetched in the background today, so that no view waits for it at midnight.
      if (known.has(day + 2) || Date.now() - lookedAheadAt < RETRY_MS) return;
      lookedAheadAt = Date.now();
      // If it fails, a later view of today tries again; only a view that needs the salt reports the error.
      loadOnce(day).catch(() => undefined);
    },
    async forget(today) {
      const { rowCount } = await pool.query(`DELETE FROM "Salt" WHERE day < $1`, [today - 1]);
      return rowCount ?? 0;
    },
  };
}
