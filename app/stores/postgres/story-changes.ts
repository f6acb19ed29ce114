import type pg from "pg";

/** Rows of "StoryChange" stay for a day (worker/retention.ts); a reader that was away for longer than this, ms, starts anew. */
const MAX_AWAY_MS = 3_600_000;

/** Reads the slugs of the stories that changed since the last call; null when any may have. Rejects when Postgres does not answer. */
export type ReadStoryChanges = () => Promise<string[] | null>;

/**
 * Follows the changes of stories that triggers note in "StoryChange". A note bears the id of its transaction, and each call asks
 * for those from the oldest transaction on that was still running at the call before: so no note is missed, in whatever order
 * transactions commit, though some are read twice. It is a question rather than a LISTEN, because it works through any pooler,
 * and what a lost connection would have said is asked for again (docs/decisions/0021).
 */
export function createStoryChanges(pool: Pick<pg.Pool, "query">, now: () => number): ReadStoryChanges {
  let last: { horizon: bigint; at: number } | null = null;

  return async () => {
    const at = now();
    const { rows } = await pool.query<{ horizon: string; slugs: string[] }>({
      name: "story-changes",
      text: `SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon,
        ARRAY(SELECT DISTINCT slug FROM "StoryChange" WHERE change >= $1::text::xid8) AS slugs`,
      // Nothing is asked of the first call, or after a long absence: everything is read anew.
      values: [last && at - last.at <= MAX_AWAY_MS ? String(last.horizon) : NO_CHANGE],
    });
    const [row] = rows;
    if (!row) throw new Error("Postgres returned no changes of stories");
    const before = last;
    last = { horizon: BigInt(row.horizon), at };
    // Transaction ids that have gone back are those of another database: a restored one, for example.
    const follows = before && at - before.at <= MAX_AWAY_MS && last.horizon >= before.horizon;
    return follows ? row.slugs : null;
  };
}

/** No transaction will ever have this id. */
const NO_CHANGE = String(2n ** 64n - 1n);
