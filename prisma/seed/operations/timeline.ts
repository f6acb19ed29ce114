import { type Calendar, DAY, HOUR } from "../calendar";

const DAYS = 90;
const MINUTE = 60_000;
const DAYS_BETWEEN_DEPLOYS = 13;
/** Between two syncs, ms. */
export const SYNC_INTERVAL = 12 * HOUR;
/** A run starts so long after its turn, ms. */
const START_MS = 2_000;

/** A period in Unix ms; `to` is exclusive. */
export interface Span {
  from: number;
  to: number;
}

/** A run of the sync. One without an error moves everything counted before it. */
export interface SyncTurn {
  at: number;
  trigger: "schedule" | "failed" | "retry" | "pause-ended" | "run-now";
}

/** What happened on the demo site's last 90 days, by when. Times are Unix ms. */
export interface Timeline extends Span {
  /** From start to end, processes of the same release. None during the old outage, in which the whole site was down. */
  lives: Span[];
  /** Redis did not answer. */
  freeze: Span;
  drills: Span[];
  /** `to` is when an operator ended the pause, before `until`. */
  pause: Span & { until: number };
  /** In order. The last one is at the end. */
  syncs: SyncTurn[];
  /** Somebody tried passwords. */
  guesses: Span;
}

/** Plans the last 90 days of a calendar. Whatever views are counted in Postgres lasts whole minutes, as old samples do. */
export function createTimeline({ end, outage }: Calendar): Timeline {
  const midnight = Math.floor(end / DAY) * DAY;
  const from = midnight - DAYS * DAY;
  const ago = (days: number, hours: number, minutes = 0) =>
    midnight - days * DAY + hours * HOUR + minutes * MINUTE;
  const lasting = (start: number, minutes: number): Span => ({ from: start, to: start + minutes * MINUTE });
  const pause = { from: ago(9, 11, 30), to: ago(9, 12, 50), until: ago(9, 13, 30) };
  const span = { from, to: end };
  return {
    ...span,
    lives: livesOf(span, outage),
    freeze: lasting(ago(1, 20, 41), 3),
    drills: [lasting(ago(33, 19), 2), lasting(ago(6, 20, 10), 2)],
    pause,
    syncs: syncsOf(span, { outage, pause, failedAt: ago(20, 12) }),
    guesses: lasting(ago(17, 3, 20), 4),
  };
}

/** The periods in which views were counted in Postgres. */
export const fallbacksOf = ({ freeze, drills }: Timeline): Span[] => [...drills, freeze];

export const isIn = (at: number) => (span: Span) => at >= span.from && at < span.to;

function livesOf({ from, to }: Span, outage: Span): Span[] {
  const starts = [from, outage.to];
  for (let at = from + 9 * HOUR; at < to - DAY; at += DAYS_BETWEEN_DEPLOYS * DAY)
    if (at > from && !isIn(at)(outage)) starts.push(at);
  const sorted = starts.filter((at) => at >= from).sort((a, b) => a - b);
  return sorted.map((start, index) => {
    const next = sorted[index + 1] ?? to;
    return { from: start, to: next === outage.to ? outage.from : next };
  });
}

function syncsOf(
  { from, to }: Span,
  { outage, pause, failedAt }: { outage: Span; pause: Span; failedAt: number },
): SyncTurn[] {
  const turns: SyncTurn[] = [
    { at: failedAt + 6 * MINUTE + START_MS, trigger: "retry" },
    { at: pause.to + START_MS, trigger: "pause-ended" },
    { at: to, trigger: "run-now" },
  ];
  for (let at = from + SYNC_INTERVAL; at < to - START_MS; at += SYNC_INTERVAL)
    if (!isIn(at)(outage) && !isIn(at)(pause))
      turns.push({ at: at + START_MS, trigger: at === failedAt ? "failed" : "schedule" });
  return turns.sort((a, b) => a.at - b.at);
}
