import type { ChartEvent } from "~/ui/charts/chart-data";
import type { SyncEvent } from "../queries/sync-series";

/** How each sync run is drawn. The dashes tell them apart without colour. */
const EVENT_STYLES: Record<SyncEvent["kind"], Omit<ChartEvent, "at">> = {
  scheduled: { name: "Scheduled sync", color: "var(--accent)" },
  requested: { name: "Requested sync", color: "var(--accent)", dash: "2 3" },
  failed: { name: "Failed sync", color: "var(--alarm)", dash: "6 2" },
  missed: { name: "Missed sync", color: "var(--ink-muted)", dash: "1 4" },
};

/** Sync runs as events on a chart. */
export const chartEvents = (events: SyncEvent[]): ChartEvent[] =>
  events.map(({ at, kind }) => ({ at, ...EVENT_STYLES[kind] }));
