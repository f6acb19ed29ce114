import { createRandom, type Random } from "../../prisma/seed/random";
import type { Params } from "./fault";
import { type FaultName, faultNames, faults } from "./faults";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A page of one of the run's stories, by their places in the plan. */
export interface Page {
  story: number;
  /** From 1; null for the story's own page. */
  chapter: number | null;
}

export interface Visit {
  reader: number;
  page: Page;
  /** ms since the start of simulated time; null in a live run, where the stores' own clocks apply. */
  at: number | null;
  /** The web process that gets the view first; null for any. */
  web: number | null;
}

/** A stretch of simulated time with at most one fault in it. */
export interface Phase {
  from: number;
  to: number;
  fault: { name: FaultName; params: Params } | null;
  /** The visits in order of time; those of one tick are sent in parallel. */
  ticks: Visit[][];
}

export interface Plan {
  seed: number;
  /** The requested fault, or the one that the seed drew. */
  name: FaultName | "mixed";
  /** The views have no times of their own, as in production. Windows never expire then, so each reader counts once. */
  live: boolean;
  /** The dedupe window, ms. */
  window: number;
  /** Hour of the UTC day at which simulated time starts. */
  hourOfDay: number;
  /** Story 0 is for the crowd; each other story has one reader, who comes at awkward times. */
  stories: { chapters: number }[];
  /** The readers who are signed in: they are counted under their accounts. */
  signedIn: number[];
  phases: Phase[];
}

/**
 * The lengths of a plan, ms, for a window. An hour of a window of a day is its unit: with other windows everything stretches or
 * shrinks, but for outages, which the grace period of six hours limits. Visits of one tick lie within one outage's time, so that
 * an unplanned outage is short too.
 */
const lengthsFor = (windowHours: number) => {
  const unit = (windowHours / 24) * HOUR_MS;
  return { unit, window: windowHours * HOUR_MS, outage: Math.min(4 * HOUR_MS, 4 * unit) };
};
type Lengths = ReturnType<typeof lengthsFor>;

/**
 * Everything that a run does, drawn from its seed: two calls with the same arguments give the same plan.
 * @param windowHours the dedupe window of the cluster.
 */
export function planRun(seed: number, requested: FaultName | "mixed" | undefined, windowHours = 24): Plan {
  const lengths = lengthsFor(windowHours);
  const random = createRandom(seed);
  const name = requested ?? random.pick([...faultNames, "mixed" as const]);
  const live = random.chance(0.25);
  const phases = planPhases(name, random, live, lengths);
  const crowd = random.between(4, 7);
  const wild = live ? 0 : random.between(2, 4);
  const chapters = crowd + 2;
  const stories = [{ chapters }, ...Array.from({ length: wild }, () => ({ chapters: 1 }))];
  const visits: Visit[] = [];
  for (let reader = 0; reader < crowd; reader += 1)
    visits.push(...clustered(reader, phases, random, lengths));
  for (let story = 1; story <= wild; story += 1)
    visits.push(...awkward(crowd + story, story, phases, random, lengths));
  // Both web processes know every story before anything breaks. Other tests check how a process handles an unknown story while
  // Postgres is down.
  for (let web = 0; web < 2; web += 1)
    visits.push({ reader: crowd, page: { story: 0, chapter: null }, at: 0, web });
  for (const phase of phases) phase.ticks = ticksOf(phase, visits, random, lengths);
  if (live) for (const visit of visits) visit.at = null;
  const signedIn = Array.from({ length: crowd + wild }, (_, reader) => reader).filter(
    (reader) => reader % 3 === 2,
  );
  const hourOfDay = random.between(0, 23);
  return { seed, name, live, window: lengths.window, hourOfDay, stories, signedIn, phases };
}

/** Phases without and with a fault, in turn. Outages are at least a window apart: two within one would be one long outage. */
function planPhases(
  name: FaultName | "mixed",
  random: Random,
  live: boolean,
  { unit, outage: longest }: Lengths,
): Phase[] {
  const phases: Phase[] = [];
  let at = 0;
  const add = (length: number, fault: Phase["fault"]) => {
    phases.push({ from: at, to: at + length, fault, ticks: [] });
    at += length;
  };
  add(Math.round((2 + random.next() * 12) * unit), null);
  const outages = random.between(1, 2) + (name === "mixed" ? 1 : 0);
  for (let outage = 0; outage < outages; outage += 1) {
    const fault = name === "mixed" ? random.pick(faultNames) : name;
    const length = Math.round(longest * (0.4 + 0.6 * random.next()));
    add(length, { name: fault, params: faults[fault].draw(random, live) });
    const last = outage === outages - 1;
    add(Math.round((last ? 3 + random.next() * 20 : 25 + random.next() * 10) * unit), null);
  }
  return phases;
}

/** A reader with one right count: clusters shorter than a window and at least a window apart, with visits in every fault. */
function clustered(reader: number, phases: Phase[], random: Random, { unit, window }: Lengths): Visit[] {
  const end = phases.at(-1)?.to ?? 0;
  const visits: Visit[] = [];
  let at = random.next() * 10 * unit;
  while (at < end) {
    const spread = random.next() * 20 * unit;
    const times = [at, ...Array.from({ length: random.between(0, 2) }, () => at + random.next() * spread)];
    for (const { from, to, fault } of phases)
      if (fault && to > at && from < at + 20 * unit)
        for (let i = 0; i < 3; i += 1) {
          const inside = from + random.next() * (to - from);
          if (inside >= at && inside < at + 20 * unit) times.push(inside);
        }
    const privateChapter = random.chance(0.6);
    for (const time of times.sort((a, b) => a - b)) {
      if (time >= end) continue;
      const chapter = random.chance(0.3) ? null : privateChapter ? reader + 3 : random.between(1, 2);
      visits.push({ reader, page: { story: 0, chapter }, at: Math.round(time), web: null });
    }
    at = (times.at(-1) ?? at) + window + (random.chance(0.3) ? 1 : random.next() * 8 * unit);
    at = Math.ceil(at);
  }
  return visits;
}

/** A reader who comes at the edges of windows and during faults, alone on a story and its chapter; at most one visit per hour. */
function awkward(
  reader: number,
  story: number,
  phases: Phase[],
  random: Random,
  { unit, window }: Lengths,
): Visit[] {
  const end = phases.at(-1)?.to ?? 0;
  const first = Math.round(random.next() * unit);
  const times = new Map<number, number>();
  const add = (time: number) => {
    const hour = Math.floor(time / HOUR_MS);
    if (time >= 0 && time < end && !times.has(hour)) times.set(hour, Math.round(time));
  };
  add(first);
  for (const { from, to, fault } of phases)
    for (let i = 0; fault && i < 3; i += 1) add(from + random.next() * (to - from));
  const edges = [0, 1, -1, MINUTE_MS, -MINUTE_MS, 3 * unit, -2 * unit];
  for (let i = 0; i < 12; i += 1) add(random.pick([...times.values()]) + window + random.pick(edges));
  for (let i = 0; i < 4; i += 1) add(random.next() * end);
  const visits = [...times.values()].map((at): Visit => {
    const chapter = random.chance(0.3) ? null : 1;
    return { reader, page: { story, chapter }, at, web: null };
  });
  const [opening] = visits;
  return opening ? [{ ...opening, web: 0 }, { ...opening, web: 1 }, ...visits.slice(1)] : visits;
}

function ticksOf(phase: Phase, visits: Visit[], random: Random, { outage }: Lengths): Visit[][] {
  const mine = visits
    .filter(({ at }) => at !== null && at >= phase.from && at < phase.to)
    .sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  const ticks: Visit[][] = [];
  let tick: Visit[] = [];
  let size = 0;
  for (const visit of mine) {
    const startedAt = tick[0]?.at ?? visit.at ?? 0;
    if (tick.length > 0 && (tick.length >= size || (visit.at ?? 0) - startedAt > outage)) {
      ticks.push(tick);
      tick = [];
    }
    if (tick.length === 0) size = phase.fault ? random.between(1, 4) : random.between(4, 12);
    tick.push(visit);
  }
  return tick.length > 0 ? [...ticks, tick] : ticks;
}
