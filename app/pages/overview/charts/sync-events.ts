import type { SyncEvent } from "../queries/sync-series";

/** How a run of the sync is drawn: apart by its dashes as well as by its colour. */
export const EVENT_STYLES: Record<SyncEvent["kind"], { name: string; color: string; dash?: string }> = {
  scheduled: { name: "A scheduled sync", color: "var(--accent)" },
  asked: { name: "A sync that somebody asked for", color: "var(--accent)", dash: "2 3" },
  failed: { name: "A sync that failed", color: "var(--alarm)", dash: "6 2" },
  missed: { name: "A sync was due and did not come", color: "var(--ink-muted)", dash: "1 4" },
};
