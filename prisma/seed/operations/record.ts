import { emptyBuckets } from "../../../app/shared/histogram";
import { shardOf } from "../../../app/tracker/shard";
import { FALLBACK_SOURCE, HISTORY_SOURCE } from "../../../app/tracker/source";
import { DAY, HOUR } from "../calendar";
import type { Random } from "../random";
import type { Excluded, Visit } from "../traffic";
import { drawLatency } from "./latencies";
import { fallbacksOf, isIn, type Timeline } from "./timeline";

/** The part of repeats among page views. */
const REPEATS = 0.14;

/** The source of views that Redis counted; the row's shard and hour make it whole. */
export const REDIS = "redis";

/** The numbers of one sample. */
export interface Slot {
  views: number;
  duplicates: number;
  excluded: number;
  /** Null without views. */
  latencies: number[] | null;
}

/** The views of one shard that one run moved, or one hour's. */
export interface ShardCount {
  shard: number;
  views: number;
  targets: Set<string>;
}

/** What the processes of the last 90 days counted, taken from the visits that the site's history was made from. */
export interface Recorded {
  timeline: Timeline;
  /** Of web processes, by start, by where they counted. */
  slots: { redis: Map<number, Slot>; database: Map<number, Slot> };
  /** By index of the run that moved them, then by shard. */
  moved: Map<number, ShardCount[]>;
  /** By hour and shard: the views of one buffer in Redis, and the index of the run that moved the last of them. */
  buffers: Map<string, { shard: number; hour: number; views: number; run: number }>;
  /** By shard: views counted in Postgres. */
  fallback: Map<number, number>;
  /** The same, one visit each. */
  fallbackAt: { at: number; views: number }[];
}

export const createRecorded = (timeline: Timeline): Recorded => ({
  timeline,
  slots: { redis: new Map(), database: new Map() },
  moved: new Map(),
  buffers: new Map(),
  fallback: new Map(),
  fallbackAt: [],
});

/** Where a view was counted: before the timeline, in Postgres while Redis was away, or in Redis. */
export function sourceOf(timeline: Timeline): (at: number) => string {
  const fallbacks = fallbacksOf(timeline);
  return (at) => {
    if (at < timeline.from) return HISTORY_SOURCE;
    return fallbacks.some(isIn(at)) ? FALLBACK_SOURCE : REDIS;
  };
}

/** Seconds that a sample of this time covers today: housekeeping thins them as they age (worker/housekeeping.ts). */
export function spanOf({ to }: Timeline): (at: number) => number {
  const until = (days: number) => Math.floor((to - days * DAY) / HOUR) * HOUR;
  const [minutes, seconds] = [until(14), until(1)];
  return (at) => (at < minutes ? 3600 : at < seconds ? 60 : 10);
}

/** Adds a story's visits: its page, then each chapter, are a view each, counted when the visit's hour says so. */
export function recordVisits(
  recorded: Recorded,
  story: { id: number; chapterIds: number[] },
  { visits, excluded }: { visits: Visit[]; excluded: Excluded[] },
  random: Random,
) {
  const { timeline, slots } = recorded;
  const sourceAt = sourceOf(timeline);
  const span = spanOf(timeline);
  const good = timeline.syncs.filter(({ trigger }) => trigger !== "failed").map(({ at }) => at);
  const shard = shardOf(story.id);
  const slotAt = (at: number, inDatabase: boolean) => {
    const ms = span(at) * 1000;
    const map = inDatabase ? slots.database : slots.redis;
    const start = Math.floor(at / ms) * ms;
    const slot = map.get(start) ?? { views: 0, duplicates: 0, excluded: 0, latencies: null };
    map.set(start, slot);
    return slot;
  };
  for (const { at, chapters } of visits) {
    if (at < timeline.from) continue;
    const inDatabase = sourceAt(at) === FALLBACK_SOURCE;
    const slot = slotAt(at, inDatabase);
    const targets = [`s${story.id}`, ...chapters.map((index) => `c${story.chapterIds[index]}`)];
    slot.views += targets.length;
    const repeats = targets.filter(() => random.chance(REPEATS)).length;
    slot.duplicates += repeats;
    slot.latencies ??= emptyBuckets();
    for (let n = 0; n < targets.length + repeats; n += 1) {
      const bucket = drawLatency(random, inDatabase);
      slot.latencies[bucket] = (slot.latencies[bucket] ?? 0) + 1;
    }
    if (inDatabase) {
      recorded.fallback.set(shard, (recorded.fallback.get(shard) ?? 0) + targets.length);
      recorded.fallbackAt.push({ at, views: targets.length });
    } else recordBuffered(recorded, shard, at, targets, firstFrom(good, at));
  }
  for (const { hour, views } of excluded)
    for (let n = 0; n < views && hour >= timeline.from; n += 1) {
      const at = random.between(hour, Math.min(hour + HOUR, timeline.to) - 1);
      slotAt(at, sourceAt(at) === FALLBACK_SOURCE).excluded += 1;
    }
}

function recordBuffered(recorded: Recorded, shard: number, at: number, targets: string[], run: number) {
  const shards = recorded.moved.get(run) ?? [];
  recorded.moved.set(run, shards);
  let count = shards.find((one) => one.shard === shard);
  if (!count) {
    count = { shard, views: 0, targets: new Set() };
    shards.push(count);
  }
  count.views += targets.length;
  for (const target of targets) count.targets.add(target);
  const hour = Math.floor(at / HOUR) * HOUR;
  const key = `${hour} ${shard}`;
  const buffer = recorded.buffers.get(key) ?? { shard, hour, views: 0, run: 0 };
  buffer.views += targets.length;
  buffer.run = Math.max(buffer.run, run);
  recorded.buffers.set(key, buffer);
}

/** The index of the first time after `at`. */
function firstFrom(times: number[], at: number): number {
  let [low, high] = [0, times.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
