import { countByWindow } from "~/tracker/count-by-window";
import { importSource } from "~/tracker/source";
import { HOUR_MS } from "~/tracker/window";
import type { DetailViews, HourViews } from "../set-history";
import { limitReferrers } from "./limit-referrers";
import type { ImportedVisit } from "./visits";

/** What the visits to one target come to, by import. */
export interface TargetCounts {
  kind: ImportedVisit["kind"];
  id: number;
  hours: HourViews[];
  /** Of stories: referrers and devices of counted views, or reasons of visits that may not count. */
  details: DetailViews[];
}

/**
 * Counts visits, which must come as `walkVisits` yields them. A visit that two imports tell of belongs to the earlier one. So the counts
 * depend on the visits alone, and not on how they were spread over files, runs and imports.
 */
export async function* deriveCounts(
  pages: AsyncIterable<ImportedVisit[]>,
  windowMs: number,
): AsyncGenerator<TargetCounts> {
  let target: ReturnType<typeof countTarget> | null = null;
  for await (const page of pages)
    for (const visit of page) {
      if (target && !target.isOf(visit)) {
        yield target.result();
        target = null;
      }
      target ??= countTarget(visit, windowMs);
      target.add(visit);
    }
  if (target) yield target.result();
}

function countTarget({ kind, targetId: id }: ImportedVisit, windowMs: number) {
  const hours = new Map<string, HourViews>();
  const details = new Map<string, DetailViews>();
  let viewer: string | null = null;
  let counts = countByWindow(windowMs);
  let previous: ImportedVisit | null = null;

  const addDetail = (hour: HourViews, dimension: string, value: string) => {
    const key = `${hour.source} ${hour.hour} ${dimension} ${value}`;
    const known = details.get(key) ?? { ...hour, dimension, value, views: 0 };
    known.views += 1;
    details.set(key, known);
  };

  return {
    isOf: (visit: ImportedVisit) => visit.kind === kind && visit.targetId === id,
    add(visit: ImportedVisit) {
      // In a dry run, a visit may be in both tables.
      const again = previous?.viewer === visit.viewer && previous.at === visit.at;
      previous = visit;
      if (again) return;
      if (visit.viewer !== viewer) {
        viewer = visit.viewer;
        counts = countByWindow(windowMs);
      }
      const source = importSource(visit.importId);
      const hour = { id, source, hour: Math.floor(visit.at / HOUR_MS) * HOUR_MS, views: 1 };
      if (kind === "excluded") return addDetail(hour, "excluded", visit.reason);
      if (!counts(visit.at)) return;
      const key = `${source} ${hour.hour}`;
      const known = hours.get(key);
      if (known) known.views += 1;
      else hours.set(key, hour);
      if (kind !== "story") return;
      addDetail(hour, "referrer", visit.referrer);
      addDetail(hour, "device", visit.device);
    },
    result: (): TargetCounts => ({
      kind,
      id,
      hours: [...hours.values()],
      details: limitReferrers([...details.values()]),
    }),
  };
}
