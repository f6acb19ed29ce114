/** The periods and events that the charts of a page mark in their background. Times are Unix ms. */
export type AnnotationKind = "outage" | "pause" | "drill" | "deploy" | "demo" | "void" | "chapter";

/** The kinds that are a moment, and drawn as a line. */
export const isMoment = (kind: AnnotationKind) => kind === "deploy" || kind === "demo" || kind === "chapter";

export interface Annotation {
  kind: AnnotationKind;
  from: number;
  /** Cut off at the end of the range; the same as `from` for a moment. */
  to: number;
  /** It had not ended when the range ended. */
  ongoing: boolean;
  label: string;
}

/** A period as it was recorded, before it is cut to a range. Times are Unix ms. */
export interface Period {
  from: number;
  /** Null while it has not ended. */
  to: number | null;
  label: string;
}

/** Everything that annotations are made from. */
export interface AnnotationFacts {
  /** Periods in which at least one process did not count in Redis. */
  outages: Period[];
  pauses: Period[];
  drills: Period[];
  /** The starts of processes. */
  starts: { at: number; process: string }[];
  /** Until when everything on a demo site was made up. */
  demoUntil?: number | null;
}

/** Processes that start this close together, ms, are one deploy. */
const ONE_DEPLOY_MS = 90_000;
/** Breakers close shortly after a drill ends; up to this long after it, ms, an outage belongs to the drill. */
const DRILL_TAIL_MS = 30_000;

/** The annotations of a range in order of their start. An outage that a drill caused is shown as the drill alone. */
export function annotationsOf(
  { outages, pauses, drills, starts, demoUntil = null }: AnnotationFacts,
  from: number,
  to: number,
): Annotation[] {
  const isDrilled = (outage: Period) =>
    drills.some(
      (drill) =>
        outage.from >= drill.from - 1000 &&
        (drill.to === null || (outage.to ?? Number.POSITIVE_INFINITY) <= drill.to + DRILL_TAIL_MS),
    );
  const spans = (kind: AnnotationKind, periods: Period[]) =>
    periods
      .filter((each) => each.from <= to && (each.to ?? to) >= from)
      .map((each) => ({
        kind,
        from: Math.max(each.from, from),
        to: Math.min(each.to ?? to, to),
        ongoing: each.to === null || each.to > to,
        label: each.label,
      }));
  return [
    ...spans(
      "outage",
      outages.filter((outage) => !isDrilled(outage)),
    ),
    ...spans("pause", pauses),
    ...spans("drill", drills),
    ...deploys(starts).filter((deploy) => deploy.from >= from && deploy.from <= to),
    ...(demoUntil !== null && demoUntil >= from && demoUntil <= to ? [endOfDemo(demoUntil)] : []),
  ].sort((a, b) => a.from - b.from);
}

const endOfDemo = (at: number): Annotation => ({
  kind: "demo",
  from: at,
  to: at,
  ongoing: false,
  label: "demo data until here",
});

/** Groups the starts of processes that lie close together. */
function deploys(starts: AnnotationFacts["starts"]): Annotation[] {
  const groups: { at: number; last: number; processes: number }[] = [];
  for (const { at } of [...starts].sort((a, b) => a.at - b.at)) {
    const group = groups.at(-1);
    if (group && at - group.last <= ONE_DEPLOY_MS) {
      group.last = at;
      group.processes += 1;
    } else groups.push({ at, last: at, processes: 1 });
  }
  return groups.map(({ at, processes }) => ({
    kind: "deploy",
    from: at,
    to: at,
    ongoing: false,
    label: processes === 1 ? "a process started" : `${processes} processes started`,
  }));
}

/** An annotation on a chart's axis: the first and the last bucket that it touches, by their starts. */
export interface BucketAnnotation {
  kind: AnnotationKind;
  first: number;
  last: number;
  label: string;
}

/** Puts annotations on buckets. Charts draw whole buckets, so annotations of one type that share a bucket are merged. */
export function onBuckets(
  annotations: Annotation[],
  times: number[],
  stepSeconds: number,
): BucketAnnotation[] {
  const start = times[0];
  if (start === undefined) return [];
  const step = stepSeconds * 1000;
  // Days of a time zone and months differ in length, so a bucket ends where the next one starts.
  const position = (at: number) => Math.max(0, lastAtOrBefore(times, at));
  const found: BucketAnnotation[] = [];
  for (const annotation of annotations) {
    if (annotation.to < start || annotation.from >= (times.at(-1) as number) + step) continue;
    const first = times[position(annotation.from)] as number;
    const last = times[position(annotation.to)] as number;
    const same = found.find(
      (each) => each.kind === annotation.kind && each.last >= first && each.first <= last,
    );
    if (!same) found.push({ kind: annotation.kind, first, last, label: annotation.label });
    else {
      same.first = Math.min(same.first, first);
      same.last = Math.max(same.last, last);
      if (!same.label.split("; ").includes(annotation.label) && same.label.length < 200)
        same.label += `; ${annotation.label}`;
    }
  }
  return found;
}

/** The position of the last of some rising times that is not after `at`; -1 if all are. */
export function lastAtOrBefore(times: number[], at: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The annotations that touch the bucket starting at `at`: for a chart's tooltip and table. */
export const annotationsAt = (annotations: BucketAnnotation[], at: number) =>
  annotations.filter(({ first, last }) => first <= at && at <= last);
