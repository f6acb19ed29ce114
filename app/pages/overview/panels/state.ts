import { readFiring } from "~/alerts/firing";
import { countUnreadOfAll, type Unread } from "~/alerts/inbox";
import type { Tone } from "~/shared/status";
import { overallStatus } from "../overall-status";
import type { OverviewPanel } from "../overview-panel";
import { currentStatus } from "./current-status";

/** What is shown of the site outside the page: in its title, its icon, and notifications. It is the same for as long as nothing changes. */
export interface SiteState {
  tone: Tone;
  /** The worst mode of the web processes, and since when. */
  mode: string;
  since: Date | null;
  /** False while counting in Redis is switched off: counting in the database is usual then. */
  usesRedis: boolean;
  /** The number of alerts that are firing. */
  firing: number;
  /** Those of them that no one has taken. */
  open: { id: number; message: string }[];
  /** The inbox of everyone who sees it. */
  unread: Unread[];
}

/** The state of the site, for every operators' page. Of the ledger it knows what the last sync stored: reading it anew is the page's. */
export const state: OverviewPanel<SiteState> = {
  name: "The state of the site",
  rereadAfter: "any",
  async read(sources, selection, now) {
    const [current, { alerts }, ledger, unread] = await Promise.all([
      currentStatus.read(sources, selection, now),
      readFiring(sources.db, now),
      sources.db.ledgerEntry.findFirst({ orderBy: { id: "desc" }, select: { drift: true } }),
      countUnreadOfAll(sources.db),
    ]);
    const { tone, firing } = overallStatus({
      counting: current.status,
      alerts,
      drift: Number(ledger?.drift ?? 0),
    });
    const { mode, since } = current.status;
    return {
      tone,
      mode,
      since,
      usesRedis: current.redis !== "disabled",
      firing,
      open: alerts.filter((alert) => alert.needsAttention).map(({ id, message }) => ({ id, message })),
      unread,
    };
  },
};
