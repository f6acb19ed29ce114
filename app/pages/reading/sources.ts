import type pg from "pg";
import type { SessionUser } from "~/auth/sessions";
import type { ReadUnsynced } from "~/tracker/ports";
import { type PlacedTarget, targetKey } from "~/tracker/view";
import type { PrismaClient } from "../../../prisma/client/client";

/** The sources of readers' pages. */
export interface ReadingSources {
  db: PrismaClient;
  /** The pages that most readers open ask Postgres directly (docs/decisions/0024): one prepared statement each. */
  pools: { pages: Pick<pg.Pool, "query"> };
  readUnsynced: ReadUnsynced;
}

/** The person reading a page; null when they are signed out. */
export type Reader = Pick<SessionUser, "id"> | null;

/** The reader in the statements below, where users' ids start at 1. */
export const readerId = (reader: Reader) => reader?.id ?? 0;

/** SQL: whether the reader $2 is the author or a co-editor of the story `s`, and so may open its drafts. */
export const IS_AUTHOR = `(s."authorId" = $2
  OR EXISTS (SELECT FROM "StoryEditor" e WHERE e."storyId" = s.id AND e."userId" = $2))`;

/**
 * Adds the views in Redis that are not yet in Postgres to a `readCount`. While Redis is unreachable, they are the last known ones, and a
 * sync may have moved some of them since `readCount` was read: the two as they were read together are then what is shown, as a count
 * never falls. Where nothing is known in time, pages show `readCount` alone: no page waits for a count.
 */
export async function loadLiveCounts(readUnsynced: ReadUnsynced, targets: PlacedTarget[]) {
  const unsynced = targets.length > 0 ? await readUnsynced(targets) : null;
  return (target: Pick<PlacedTarget, "kind" | "id">, readCount: number) => {
    const key = targetKey(target);
    return Math.max(readCount + (unsynced?.get(key) ?? 0), unsynced?.remembered?.totals.get(key) ?? 0);
  };
}
