import type { Period } from "~/shared/annotations";

/** A process started to count in another store. Times are Unix ms. */
export interface Move {
  at: number;
  process: string;
  role: string;
  from: string;
  to: string;
  reason: string;
}

/** A span of time in which a process reported without a gap. */
export interface Presence {
  process: string;
  role: string;
  from: number;
  to: number;
}

export interface Segment {
  from: number;
  to: number;
  mode: string;
  /** Why it started; "" if that is no longer known. */
  reason: string;
}

export interface Lane {
  name: string;
  /** Between segments, a gap: no process was running. */
  segments: Segment[];
}

/** From the best mode to the worst: the combined lane shows the worst mode of any process. */
const ORDER = ["redis", "database", "journal"];
const rank = (mode: string) => {
  const place = ORDER.indexOf(mode);
  return place < 0 ? ORDER.length : place;
};

/** Where one process counted while it ran. `moves` are those of the process, oldest first, from any time. */
export function laneOf(name: string, moves: Move[], presences: Presence[], from: number, to: number): Lane {
  const segments: Segment[] = [];
  for (const presence of presences) {
    const start = Math.max(presence.from, from);
    const end = Math.min(presence.to, to);
    if (end <= start) continue;
    // A move has its own time, which is before the sample that reports it.
    const inside = moves.filter((move) => move.at > start && move.at < end);
    const before = moves.findLast((move) => move.at <= start);
    const first =
      before ??
      (inside[0] && inside[0].from !== "started" ? { ...inside[0], to: inside[0].from, reason: "" } : null);
    const cuts = [
      ...(first ? [{ at: start, mode: first.to, reason: first.reason }] : []),
      ...inside.map((move) => ({ at: move.at, mode: move.to, reason: move.reason })),
    ];
    cuts.forEach((cut, position) => {
      segments.push({ from: cut.at, to: cuts[position + 1]?.at ?? end, mode: cut.mode, reason: cut.reason });
    });
  }
  return { name, segments: joined(segments) };
}

/** Merges neighbours with the same mode and reason. */
function joined(segments: Segment[]): Segment[] {
  const found: Segment[] = [];
  for (const segment of segments) {
    const last = found.at(-1);
    if (last && last.to >= segment.from && last.mode === segment.mode && last.reason === segment.reason)
      last.to = Math.max(last.to, segment.to);
    else if (segment.to > segment.from) found.push({ ...segment });
  }
  return found;
}

/** All lanes as one: at each time the worst mode and why; a gap where no process was running. */
export function combineLanes(lanes: Lane[]): Lane {
  const edges = [
    ...new Set(lanes.flatMap((lane) => lane.segments.flatMap(({ from, to }) => [from, to]))),
  ].sort((a, b) => a - b);
  const open = lanes.map((lane) => ({ segments: lane.segments, position: 0 }));
  const segments: Segment[] = [];
  edges.forEach((edge, position) => {
    const next = edges[position + 1];
    if (next === undefined) return;
    const present: Segment[] = [];
    for (const lane of open) {
      while ((lane.segments[lane.position]?.to ?? Number.POSITIVE_INFINITY) <= edge) lane.position += 1;
      const segment = lane.segments[lane.position];
      if (segment && segment.from <= edge) present.push(segment);
    }
    const worst = present.reduce<Segment | null>(
      (found, each) => (!found || rank(each.mode) > rank(found.mode) ? each : found),
      null,
    );
    if (!worst) return;
    const there = present.filter((each) => each.mode === worst.mode).length;
    const some = there < present.length ? `${there} of ${present.length} processes` : "";
    segments.push({
      from: edge,
      to: next,
      mode: worst.mode,
      reason: [some, worst.reason].filter(Boolean).join(": "),
    });
  });
  return { name: "All web processes", segments: joined(segments) };
}

/** When at least some views were not counted in Redis: the outages in the annotations of charts. */
export function outagesOf(lane: Lane, to: number): Period[] {
  const found: Period[] = [];
  for (const segment of lane.segments) {
    if (segment.mode === "redis") continue;
    const label = `counted in the ${segment.mode}${segment.reason ? ` (${segment.reason})` : ""}`;
    const last = found.at(-1);
    const end = segment.to >= to ? null : segment.to;
    if (last && last.to === segment.from) last.to = end;
    else found.push({ from: segment.from, to: end, label });
  }
  return found;
}
