/**
 * Derives the right counts from the accepted visits alone. It is independent of the tracker: it knows the two rules of a window
 * and nothing else, and imports nothing from the app. A window, in ms, is how long after a counted view one counts again.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** One accepted visit of a reader to a target. */
export interface Moment {
  reader: number;
  /** Unix ms. */
  at: number;
}

/**
 * The only right count of a target whose readers come in clusters: everything within a cluster is closer than a window, and
 * clusters are farther apart than one. Whichever visit of a cluster was counted, the cluster counts once.
 * @throws Error when the visits do not come in such clusters, as then there is no single right count.
 */
export function countClusters(moments: Moment[], window: number): number {
  let clusters = 0;
  for (const times of timesByReader(moments).values()) {
    let first = Number.NEGATIVE_INFINITY;
    let last = Number.NEGATIVE_INFINITY;
    for (const at of times) {
      if (at - last >= window) {
        clusters += 1;
        first = at;
      } else if (at - first >= window) {
        throw new Error("the plan is wrong: a cluster is longer than a window");
      }
      last = at;
    }
  }
  return clusters;
}

export interface Judgement {
  /** Accepted views that no counted view covers. */
  lost: number;
  /** The fewest counted views that would cover them. */
  missing: number;
  /** Counted views closer than a window to the one before, or without any visit. */
  doubled: number;
}

/**
 * Judges one reader's history of one target by the two rules. *Separated*: no two counted views closer than a window.
 * *Covered*: every accepted view within a window of a counted one, to the minute, as repeats during an outage are kept to the
 * minute. The reader has at most one moment per hour, so the hourly history shows which of them were counted.
 */
export function judgeHistory(
  moments: Moment[],
  countedInHour: Map<number, number>,
  window: number,
): Judgement {
  const times = [...new Set(moments.map(({ at }) => at))].sort((a, b) => a - b);
  const byHour = new Map(times.map((at) => [Math.floor(at / HOUR_MS), at]));
  if (byHour.size !== times.length) throw new Error("the plan is wrong: two moments in one hour");
  const counted: number[] = [];
  let doubled = 0;
  let lost = 0;
  for (const [hour, views] of countedInHour) {
    if (views < 0) lost -= views;
    if (views <= 0) continue;
    const at = byHour.get(hour);
    if (at !== undefined) counted.push(at);
    doubled += at === undefined ? views : views - 1;
  }
  counted.sort((a, b) => a - b);
  for (let i = 1; i < counted.length; i += 1)
    if ((counted[i] ?? 0) - (counted[i - 1] ?? 0) < window) doubled += 1;
  const uncovered = times.filter((at) => !counted.some((one) => Math.abs(one - at) < window + MINUTE_MS));
  lost += uncovered.length;
  let missing = 0;
  let coveredUntil = Number.NEGATIVE_INFINITY;
  for (const at of uncovered) {
    if (at < coveredUntil) continue;
    missing += 1;
    coveredUntil = at + window;
  }
  return { lost, missing, doubled };
}

function timesByReader(moments: Moment[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const { reader, at } of moments) found.set(reader, [...(found.get(reader) ?? []), at]);
  for (const times of found.values()) times.sort((a, b) => a - b);
  return found;
}
