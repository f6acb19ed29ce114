import type { SessionUser } from "~/auth/sessions";
import type { ReadUnsynced } from "~/tracker/ports";
import { type PlacedTarget, targetKey } from "~/tracker/view";
import type { PrismaClient } from "../../../prisma/client/client";

/** The sources of readers' pages. */
export interface ReadingSources {
  db: PrismaClient;
  readUnsynced: ReadUnsynced;
}

/** The person reading a page; null when they are signed out. */
export type Reader = Pick<SessionUser, "id"> | null;

/**
 * Adds the views in Redis that are not yet in Postgres to a `readCount`. While Redis is unreachable, pages show `readCount`
 * alone: no page waits for a count.
 */
export async function loadLiveCounts(readUnsynced: ReadUnsynced, targets: PlacedTarget[]) {
  const unsynced = targets.length > 0 ? await readUnsynced(targets) : null;
  return (target: Pick<PlacedTarget, "kind" | "id">, readCount: number) =>
    readCount + (unsynced?.get(targetKey(target)) ?? 0);
}
