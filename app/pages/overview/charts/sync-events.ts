import type { ChartEvent } from "~/ui/charts/time-lines";
import type { SyncEvent } from "../queries/sync-series";

/** How a run of the sync is drawn: told apart by its dashes as well as by its colour. */
export const EVENT_STYLES: Record<SyncEvent["kind"], { name: string; color: string; dash?: string }> = {
  scheduled: { name: "A scheduled sync", color: "var(--accent)" },
  asked: { name: "A requested sync", color: "var(--accent)", dash: "2 3" },
  failed: { name: "A failed sync", color: "var(--alarm)", dash: "6 2" },
  missed: { name: "A missed sync", color: "var(--ink-muted)", dash: "1 4" },
};

/** Runs of the sync as a chart draws them: each an upright line, with its name in the tooltip. */
export const chartEvents = (events: SyncEvent[]): ChartEvent[] =>
  events.map(({ at, kind }) => ({ at, ...EVENT_STYLES[kind] }));
