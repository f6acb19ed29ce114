import { formatCount, formatNumber } from "~/shared/format";
import type { Tone } from "~/shared/status";

/** What the status block at the top of the overview is made from, as the server or the browser has it. */
interface Parts {
  /** Null if it could not be read. */
  counting: { tone: Tone; headline: string; path: string } | null;
  /** The alerts that are firing. */
  alerts: { needsAttention: boolean }[] | null;
  /** Views that do not add up in the ledger. */
  drift: number;
}

/** The state of the whole site: the worst of counting, alerts and ledger. */
export interface OverallStatus {
  tone: Tone;
  headline: string;
  /** How many alerts are firing, and how many of these no one has taken. */
  firing: number;
  open: number;
}

/**
 * One headline that is the worst of everything: where views are counted, and then what else needs attention, if anything does. A part
 * that could not be read is not called well.
 */
export function overallStatus({ counting, alerts, drift }: Parts): OverallStatus {
  const firing = alerts?.length ?? 0;
  const open = alerts?.filter((alert) => alert.needsAttention).length ?? 0;
  const worries = [
    ...(open > 0 ? [`${formatCount(open, "alert")} ${open === 1 ? "needs" : "need"} attention.`] : []),
    ...(drift !== 0
      ? [`${formatNumber(Math.abs(drift))} ${Math.abs(drift) === 1 ? "view does" : "views do"} not add up.`]
      : []),
    ...(alerts === null ? ["The alerts could not be read."] : []),
  ];
  const isAlarm = open > 0 || drift !== 0 || counting?.tone === "alarm" || counting === null;
  const tone = isAlarm
    ? "alarm"
    : firing > 0 || counting.tone === "notice" || alerts === null
      ? "notice"
      : "calm";
  const path = counting?.path ?? "Current status unavailable.";
  return {
    tone,
    headline: worries.length ? [path, ...worries].join(" ") : (counting?.headline ?? path),
    firing,
    open,
  };
}
