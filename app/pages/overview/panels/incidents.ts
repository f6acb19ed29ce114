import { spanOf } from "~/shared/series";
import { type Incident, readIncidents } from "~/telemetry/incidents";
import type { OverviewPanel } from "../overview-panel";

/** The page shows so many; the charts and their files have all. */
const SHOWN = 20;

/** The outages in the range, the latest first. */
export const incidents: OverviewPanel<{ incidents: Incident[]; more: number }> = {
  name: "The list of incidents",
  rereadAfter: ["mode", "sample"],
  async read({ db }, { range }, now) {
    const { from, to } = spanOf(range, now.getTime());
    const found = await readIncidents(db, from, to, now.getTime());
    return { incidents: found.slice(0, SHOWN), more: Math.max(0, found.length - SHOWN) };
  },
};
