import type pg from "pg";
import type { TargetKind } from "~/tracker/view";
import { TABLES } from "./count-statement";

/** Remembers which targets' rows another transaction keeps locked, so that only the first view for one waits for it. */
export interface LockedTargets {
  /** Of these targets, returns those that were locked before and still are. */
  among(kind: TargetKind, ids: Iterable<number>): Promise<Set<number>>;
  /** Finds out, without waiting, which of these targets are locked now. */
  find(kind: TargetKind, ids: Iterable<number>): Promise<Set<number>>;
}

/** Creates the memory of one process. */
export function createLockedTargets(pool: pg.Pool): LockedTargets {
  const locked: Record<TargetKind, Set<number>> = { story: new Set(), chapter: new Set() };

  async function find(kind: TargetKind, ids: Iterable<number>) {
    const asked = [...new Set(ids)];
    const target = TABLES[kind].target;
    // A deleted target has no row to lock.
    const { rows } = await pool.query<{ id: number }>(
      `SELECT id FROM ${target} WHERE id = ANY($1::int[]) AND id NOT IN (
         SELECT id FROM (SELECT id FROM ${target} WHERE id = ANY($1::int[]) FOR NO KEY UPDATE SKIP LOCKED) AS free)`,
      [asked],
    );
    for (const id of asked) locked[kind].delete(id);
    for (const { id } of rows) locked[kind].add(id);
    return new Set(rows.map(({ id }) => id));
  }

  return {
    find,
    async among(kind, ids) {
      const suspects = [...ids].filter((id) => locked[kind].has(id));
      return suspects.length > 0 ? find(kind, suspects) : new Set();
    },
  };
}
