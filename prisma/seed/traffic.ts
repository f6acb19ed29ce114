import { type Calendar, DAY, HOUR } from "./calendar";
import type { StoryPlan } from "./catalog";
import type { Random } from "./random";

/** A reader's visit to a story: one view of the story and one of each chapter they open. */
export interface Visit {
  /** Unix ms. */
  at: number;
  /** Indexes into the story's published chapters. */
  chapters: number[];
  referrer: string;
  device: string;
}

/** Visits that were not counted, per hour and reason. */
export interface Excluded {
  hour: number;
  reason: "robot" | "prefetch" | "author";
  views: number;
}

/** By UTC hour: readers are in Europe, and read before they go to sleep. */
const byHour = [
  0.5, 0.3, 0.2, 0.15, 0.15, 0.25, 0.5, 0.8, 0.95, 0.9, 0.85, 0.95, 1.2, 1.1, 0.95, 0.95, 1.05, 1.25, 1.5,
  1.8, 2.1, 2.2, 1.7, 1.0,
];
/** By weekday, from Sunday. */
const byWeekday = [1.4, 0.95, 0.9, 0.9, 0.95, 0.8, 1.15];
/** How many readers come at this time, as a multiple of the average. */
export const rhythmAt = (date: Date) =>
  (byHour[date.getUTCHours()] ?? 1) * (byWeekday[date.getUTCDay()] ?? 1);

/** At its peak, a new chapter adds this many times the usual visits, and this is how long the rush lasts. */
const LAUNCH_HEIGHT = 7;
const LAUNCH_HOURS = 26;
/** Scales each plan's appeal to visits per hour, so that the whole site has about 190,000 views in eight months. */
const CROWD = 1.8;
/** Visits per hour at the peak of a viral day, per usual visit. */
const VIRAL_HEIGHT = 38;

/** Where readers come from, and how many of them. Well-known sites are named, so that the demo shows their channels. */
export const referrers: [referrer: string, share: number][] = [
  ["direct", 0.3],
  ["this site", 0.12],
  ["www.google.com", 0.14],
  ["duckduckgo.com", 0.04],
  ["www.bing.com", 0.02],
  ["campaign:tidings/email/new-chapters", 0.1],
  ["mail.google.com", 0.03],
  ["books.example", 0.06],
  ["forum.example", 0.04],
  ["www.reddit.com", 0.06],
  ["mastodon.social", 0.04],
  ["campaign:mastodon/social/serial-season", 0.03],
  ["campaign:a-friend//", 0.02],
];

/** One of the values, each with its share. */
export function draw(options: [string, number][], random: Random): string {
  let left = random.next();
  for (const [value, share] of options) {
    left -= share;
    if (left < 0) return value;
  }
  return options[0]?.[0] ?? "direct";
}

/** The chapters that one visitor opens: followers read the newest; other readers start at the first or a later one. */
function chaptersRead(plan: StoryPlan, published: number, follower: boolean, random: Random): number[] {
  const newest = published - 1;
  if (follower) return random.chance(0.18) && newest > 0 ? [newest - 1, newest] : [newest];
  if (random.chance(0.22)) return [];
  let chapter = 0;
  // Half of them continue where they stopped; fewer readers reach each further chapter.
  if (random.chance(0.5)) while (chapter < newest && random.chance(plan.retention)) chapter += 1;
  const read = [chapter];
  while (chapter < newest && read.length < 6 && random.chance(plan.retention - 0.35)) {
    chapter += 1;
    read.push(chapter);
  }
  return read;
}

/**
 * Invents the visits of a story, hour by hour: a daily and weekly rhythm, a growing site, a rush at each new chapter that
 * fades and gets smaller with each chapter, a viral day if the plan has one, and no visits during the outage.
 */
export function imagineTraffic(
  plan: StoryPlan,
  published: number[],
  calendar: Calendar,
  random: Random,
): { visits: Visit[]; excluded: Excluded[] } {
  const visits: Visit[] = [];
  const excluded: Excluded[] = [];
  const first = published[0];
  if (first === undefined) return { visits, excluded };
  const viralFrom =
    plan.viralDaysAgo === undefined
      ? Number.POSITIVE_INFINITY
      : Math.floor(calendar.end / DAY) * DAY - plan.viralDaysAgo * DAY + 9 * HOUR;
  for (let hour = Math.max(calendar.start, first); hour < calendar.end; hour += HOUR) {
    if (hour >= calendar.outage.from && hour < calendar.outage.to) continue;
    const out = published.filter((at) => at <= hour).length;
    const date = new Date(hour);
    const rhythm = rhythmAt(date);
    const growth = 0.75 + (0.6 * (hour - calendar.start)) / (calendar.end - calendar.start);
    const sinceNewest = (hour - (published[out - 1] ?? first)) / DAY;
    // A finished story loses its visitors over time; a running one keeps them.
    const interest = Math.max(0.35, 1 - Math.max(0, sinceNewest - 14) / 90);
    let rush = 0;
    for (let index = 0; index < out; index += 1) {
      const age = (hour - (published[index] ?? 0)) / HOUR;
      if (age < LAUNCH_HOURS * 6)
        rush += LAUNCH_HEIGHT * (0.35 + 0.65 * plan.retention ** index) * Math.exp(-age / LAUNCH_HOURS);
    }
    const viralAge = (hour - viralFrom) / HOUR;
    const viral = viralAge >= 0 && viralAge < 72 ? VIRAL_HEIGHT * Math.exp(-viralAge / 11) : 0;
    const scale = CROWD * plan.appeal * rhythm * growth;
    // The last hour may be cut short.
    const length = Math.min(HOUR, calendar.end - hour);
    const count = random.poisson((scale * (interest + rush + viral) * length) / HOUR);
    for (let i = 0; i < count; i += 1) {
      const share = random.next() * (interest + rush + viral);
      const isViral = share < viral;
      const isFollower = !isViral && share < viral + rush;
      visits.push({
        at: hour + random.between(0, length - 1),
        chapters: chaptersRead(plan, out, isFollower, random),
        referrer: isViral && random.chance(0.8) ? "news.ycombinator.com" : draw(referrers, random),
        device: random.chance(0.56) ? "mobile" : random.chance(0.8) ? "desktop" : "tablet",
      });
    }
    for (const [reason, mean] of [
      ["robot", (0.06 * length) / HOUR + count * 0.12],
      ["prefetch", count * 0.04],
      ["author", rush * 0.02],
    ] as const) {
      const views = random.poisson(mean);
      if (views > 0) excluded.push({ hour, reason, views });
    }
  }
  return { visits, excluded };
}
