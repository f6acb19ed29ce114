/** What every chart of the overview shades alike. `null` as an end: it goes on. Times are Unix ms. */
export type AnnotationKind = "outage" | "pause" | "drill" | "deploy";

export interface Annotation {
  kind: AnnotationKind;
  from: number;
  /** Cut off at the range's end; for a deploy the same as `from`. */
  to: number;
  /** It had not ended by then. */
  ongoing: boolean;
  label: string;
}

export interface Period {
  from: number;
  to: number | null;
  label: string;
}

export interface AnnotationFacts {
  /** When no process, or not every one, counted in Redis. */
  outages: Period[];
  pauses: Period[];
  drills: Period[];
  /** Starts of processes. */
  starts: { at: number; process: string }[];
}

/** Processes that start this close together, ms, are one deploy. */
const ONE_DEPLOY_MS = 90_000;
/** Breakers close a moment after a drill has ended, ms: that is the drill still, and no outage. */
const DRILL_TAIL_MS = 30_000;

/** The shades of a range, in the order of their begins; what a drill made happen is shown as the drill alone. */
export function annotationsOf(
  { outages, pauses, drills, starts }: AnnotationFacts,
  from: number,
  to: number,
): Annotation[] {
  const isRehearsed = (outage: Period) =>
    drills.some(
      (drill) =>
        outage.from >= drill.from - 1000 &&
        (drill.to === null || (outage.to ?? Number.POSITIVE_INFINITY) <= drill.to + DRILL_TAIL_MS),
    );
  const spans = (kind: AnnotationKind, happenings: Period[]) =>
    happenings
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
      outages.filter((outage) => !isRehearsed(outage)),
    ),
    ...spans("pause", pauses),
    ...spans("drill", drills),
    ...deploys(starts).filter((deploy) => deploy.from >= from && deploy.from <= to),
  ].sort((a, b) => a.from - b.from);
}

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

/** A shade on a chart's axis: the first and the last bucket that it touches. */
export interface BucketAnnotation {
  kind: AnnotationKind;
  first: number;
  last: number;
  label: string;
}

/** Puts shades on buckets. Charts draw whole buckets, so shades of a kind that share one become one. */
export function onBuckets(shades: Annotation[], times: number[], stepSeconds: number): BucketAnnotation[] {
  const begin = times[0];
  if (begin === undefined) return [];
  const step = stepSeconds * 1000;
  const position = (at: number) => Math.min(times.length - 1, Math.max(0, Math.floor((at - begin) / step)));
  const found: BucketAnnotation[] = [];
  for (const shade of shades) {
    if (shade.to < begin || shade.from >= begin + times.length * step) continue;
    const first = times[position(shade.from)] as number;
    const last = times[position(shade.to)] as number;
    const same = found.find((each) => each.kind === shade.kind && each.last >= first && each.first <= last);
    if (!same) found.push({ kind: shade.kind, first, last, label: shade.label });
    else {
      same.first = Math.min(same.first, first);
      same.last = Math.max(same.last, last);
      if (!same.label.split("; ").includes(shade.label) && same.label.length < 200)
        same.label += `; ${shade.label}`;
    }
  }
  return found;
}

/** What a chart's tooltip and table say of one bucket. */
export const annotationsAt = (shades: BucketAnnotation[], at: number) =>
  shades.filter((shade) => shade.first <= at && at <= shade.last);
