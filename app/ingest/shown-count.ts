import type { Catalog } from "~/stores/postgres/catalog";
import type { Outcome } from "~/tracker/outcome";
import { withTimeoutOrNull } from "~/tracker/timeout";
import type { ViewRequest } from "./view-request";

/** The number to show on a page after a view: its `readCount` plus the views in Redis that are not in Postgres yet. */
export type ShownCount = (
  request: ViewRequest,
  page: { readCount: number },
  outcome: Outcome,
) => Promise<number | null>;

/**
 * Fewer unsynced views than last time mean that a sync has moved some into `readCount` since the catalog read it. The catalog is
 * then refreshed, so that a count never falls.
 */
export function createShownCount(catalog: Pick<Catalog, "refresh">, timeoutMs: number): ShownCount {
  /** Unsynced views of each of the catalog's entries, when it was last shown. */
  const lastUnsynced = new WeakMap<object, number>();

  return async ({ slug, chapter }, page, { path, viewCount }) => {
    if (path !== "redis" || viewCount === null) return viewCount;
    const unsynced = viewCount;
    const wasSynced = unsynced < (lastUnsynced.get(page) ?? 0);
    const story = wasSynced ? await withTimeoutOrNull(timeoutMs, catalog.refresh(slug)) : null;
    const current = (chapter === undefined ? story : story?.chapters.get(chapter)) ?? page;
    lastUnsynced.set(current, unsynced);
    return current.readCount + unsynced;
  };
}
