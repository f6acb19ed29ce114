import { randomBytes } from "node:crypto";
import type pg from "pg";
import type { SaltOf } from "~/tracker/viewer";
import type { DedupeWindow } from "~/tracker/window";

/** The salts of the days around now, and their deletion. */
export interface Salts {
  /** Throws for a day that `ready` has not loaded. */
  of: SaltOf;
  /**
   * Makes sure that the salts of the day, of the day after and of those before that a window reaches are loaded. Null when they are;
   * rejects when they are not and Postgres does not answer.
   */
  ready(day: number): Promise<void> | null;
  /**
   * Permanently deletes the salts of days that no window can need: those more than `days` before today. Postgres's clock decides,
   * and a salt that was made less than two days ago stays whatever any clock says. Returns how many it deleted.
   */
  forget(days: number): Promise<number>;
}

/** While Postgres is unreachable, loading the salt of the day after tomorrow is retried after this long, ms. */
const RETRY_MS = 1000;
/** A salt stays at least this long, days, whatever any clock says. */
const LEAST_DAYS = 2;
/** The most days from a view until the salt of its key is deleted: `forget` goes by whole UTC days. */
export const saltDays = ({ daysBefore }: Pick<DedupeWindow, "daysBefore">) =>
  Math.max(LEAST_DAYS, daysBefore + 1);
/** The UTC day, by Postgres's clock. */
const TODAY = "floor(extract(epoch FROM now()) / 86400)::int";

/**
 * Creates the salts of anonymous viewers' keys: 32 random bytes per UTC day, shared by all processes through Postgres. Each
 * process fetches them a day early, so that counting continues when Postgres is unreachable at midnight.
 */
export function createSalts(pool: pg.Pool, { daysBefore }: Pick<DedupeWindow, "daysBefore">): Salts {
  const known = new Map<number, Buffer>();
  let loading: { day: number; done: Promise<void> } | null = null;
  let lookedAheadAt = 0;

  /** The days around one that a view of it may need, and one more ahead. */
  const around = (day: number) => Array.from({ length: daysBefore + 3 }, (_, i) => day - daysBefore + i);
  const isReady = (day: number) => {
    for (let one = day - daysBefore; one <= day + 1; one += 1) if (!known.has(one)) return false;
    return true;
  };

  async function load(day: number) {
    // The days around Postgres's as well: it counts by its own clock, and this process's may be wrong by days.
    const { rows: clock } = await pool.query<{ today: number }>(`SELECT ${TODAY} AS today`);
    const days = new Set([day, clock[0]?.today ?? day].flatMap(around));
    await pool.query(
      `INSERT INTO "Salt" (day, salt) SELECT * FROM unnest($1::int[], $2::bytea[]) ON CONFLICT DO NOTHING`,
      [[...days], [...days].map(() => randomBytes(32))],
    );
    const { rows } = await pool.query<{ day: number; salt: Buffer }>(
      `SELECT day, salt FROM "Salt" WHERE day = ANY($1::int[])`,
      [[...days]],
    );
    for (const row of rows) known.set(row.day, row.salt);
    for (const old of known.keys()) if (!days.has(old)) known.delete(old);
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
    ready(day) {
      if (!isReady(day)) return loadOnce(day);
      // Tomorrow needs one more day: it is fetched in the background today, so that no view waits for it at midnight.
      if (known.has(day + 2) || Date.now() - lookedAheadAt < RETRY_MS) return null;
      lookedAheadAt = Date.now();
      // If it fails, a later view of today tries again; only a view that needs the salt reports the error.
      loadOnce(day).catch(() => undefined);
      return null;
    },
    async forget(days) {
      const { rowCount } = await pool.query(
        `DELETE FROM "Salt" WHERE day < ${TODAY} - $1::int AND "createdAt" < now() - interval '${LEAST_DAYS} days'`,
        [days],
      );
      return rowCount ?? 0;
    },
  };
}
