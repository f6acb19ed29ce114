import type { Segment } from "../queries/mode-lanes";

/** One or several segments of a lane that are drawn as one. */
export interface Band extends Segment {
  /** How many it stands for. */
  count: number;
  /** How long these lasted together, ms. */
  lasted: number;
}

/** Bands whose gap is narrower than this share of the lane, about 14 px, could not be told apart. */
const CLOSE = 0.012;

/**
 * The segments of a lane as bands, in order of their start: the ground, on which views were counted in Redis, and on it everything else,
 * where neighbours of one mode that lie close together are one. What goes on at the end of the lane stays a band of its own: the last
 * band is always the present. `from` and `to` are the lane's ends, Unix ms.
 */
export function mergeSegments(segments: Segment[], from: number, to: number): Band[] {
  const bands: Band[] = [];
  const last = new Map<string, Band>();
  for (const segment of segments) {
    const length = segment.to - segment.from;
    const before = last.get(segment.mode);
    // Redis between two bands that became one is drawn below them.
    const isClose = before && segment.from - before.to < CLOSE * (to - from);
    const joins = segment.mode === "redis" ? segment.from === before?.to : segment.to < to;
    if (isClose && joins) {
      before.to = Math.max(before.to, segment.to);
      before.count += 1;
      before.lasted += length;
      if (segment.reason && !before.reason.includes(segment.reason)) before.reason = segment.reason;
    } else {
      const band = { ...segment, count: 1, lasted: length };
      bands.push(band);
      last.set(segment.mode, band);
    }
  }
  return bands;
}
