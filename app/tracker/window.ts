export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** The lengths, in ms, that dedupe uses. */
export interface DedupeWindow {
  /** A view counts unless the viewer had a counted view of the target within this time before it. */
  length: number;
  /** The longest outage after which reconcile still finds what Redis knew before it. */
  grace: number;
  /** Dedupe memory is kept in spans of this length, each of which expires as a whole. */
  generation: number;
  /** How many UTC days before its own a view may have to look into: a viewer's key differs from day to day. */
  daysBefore: number;
  /** How far a view's own time may be ahead of its store's clock. */
  maxAhead: number;
}

/** Clocks of web machines are minutes off at most. */
const MAX_AHEAD_MS = 5 * MINUTE_MS;
/** For tests that let windows pass by choosing the time of a view (`VIEW_CLOCK=request`): a thousand years. */
const ANY_TIME_AHEAD_MS = 1000 * 365 * DAY_MS;

/** Candidate lengths, hours; each divides the UTC day. */
const generationHours = [24, 12, 8, 6, 4, 3, 2, 1, 0.5];

/**
 * Plans the dedupe for a window of `hours`. A generation is at most half a window, so that a viewer has at most one
 * counted view in it and needs one field; and it divides the UTC day, so that one day's key finds everything in it.
 */
export function planWindow(
  hours: number,
  graceHours: number,
  clock: "redis" | "request" = "redis",
): DedupeWindow {
  const generation = generationHours.find((candidate) => candidate <= hours / 2) ?? 0.5;
  return {
    length: hours * HOUR_MS,
    grace: graceHours * HOUR_MS,
    generation: generation * HOUR_MS,
    daysBefore: Math.ceil(hours / 24),
    maxAhead: clock === "request" ? ANY_TIME_AHEAD_MS : MAX_AHEAD_MS,
  };
}

/** The longest time that Redis remembers a counted viewer of a target, ms: generations are forgotten as a whole (scripts/seen.lua). */
export const rememberedMs = ({ generation, length, grace }: DedupeWindow) => generation + length + grace;

/** Returns the UTC day, counted from 1970-01-01, of a time in Unix ms. */
export const dayOf = (at: number) => Math.floor(at / DAY_MS);

/** Returns the hour, counted from 1970-01-01T00Z, of a time in Unix ms. */
export const hourOf = (at: number) => Math.floor(at / HOUR_MS);
