import { createRandom } from "../../prisma/seed/random";

const HOURS_PER_DAY = 24;
/** Stories of a site of ten million hours; a smaller one has fewer, but not in proportion. */
const STORIES = 2000;
const FULL_SIZE = 10_000_000;
const FEWEST_STORIES = 40;
/** Views of the story of rank r go by 1 / (r + 2) ^ SKEW: a few stories have most of the readers. */
const SKEW = 1.6;
const FEWEST_CHAPTERS = 3;
const MOST_CHAPTERS = 40;

/** A story of the large site. Hours are counted from the start of its history. */
export interface PlannedStory {
  /** From 0, the most read. */
  rank: number;
  publishedAt: number;
  chapters: PlannedTarget[];
  story: PlannedTarget;
}

/** A story or chapter with `rows` hours of views between `from` and the end, and `viewsPerHour` in an average hour of those. */
export interface PlannedTarget {
  from: number;
  rows: number;
  viewsPerHour: number;
}

/**
 * Spreads `hours` hourly rows over stories and their chapters, so that the busiest have views in every hour and most have some
 * per week. The same arguments give the same plan.
 * @param span hours of the whole history
 */
export function planStories(hours: number, span: number): PlannedStory[] {
  const random = createRandom(7);
  const count = Math.max(FEWEST_STORIES, Math.round(STORIES * (hours / FULL_SIZE) ** 0.75));
  const weights = new Map<PlannedTarget, number>();
  const target = (from: number, weight: number) => {
    const planned = { from: Math.floor(from), rows: 0, viewsPerHour: 0 };
    weights.set(planned, weight);
    return planned;
  };
  const stories = Array.from({ length: count }, (_, rank): PlannedStory => {
    const weight = (rank + 2) ** -SKEW;
    // The most read stories have been there from the first day.
    const publishedAt = rank < 3 ? 0 : Math.floor(random.next() ** 1.5 * 0.97 * span);
    const everyHours = random.between(5, 14) * HOURS_PER_DAY;
    const wanted =
      rank < 3
        ? MOST_CHAPTERS
        : random.between(FEWEST_CHAPTERS, Math.round(FEWEST_CHAPTERS + 30 * random.next()));
    const retention = 0.82 + 0.13 * random.next();
    const chapters = Array.from({ length: wanted }, (_, index) => ({
      at: publishedAt + index * everyHours,
      weight: weight * 0.7 * retention ** index,
    })).filter(({ at }) => at < span);
    return {
      rank,
      publishedAt,
      story: target(publishedAt, weight),
      chapters: chapters.map((chapter) => target(chapter.at, chapter.weight)),
    };
  });
  spread(weights, hours, span);
  return stories;
}

/** With `rate` views per hour at random times, a share of 1 - e^-rate of all hours has a view. Finds the rates that make `hours` rows. */
function spread(weights: Map<PlannedTarget, number>, hours: number, span: number) {
  const most = [...weights.keys()].reduce((sum, { from }) => sum + span - from, 0);
  if (hours > 0.9 * most)
    throw new Error(`--hours: ${hours} is too many for two years of ${weights.size} stories and chapters.`);
  const rowsAt = (scale: number, { from }: PlannedTarget, weight: number) =>
    Math.round((span - from) * (1 - Math.exp(-scale * weight)));
  const total = (scale: number) =>
    [...weights].reduce((sum, [target, weight]) => sum + rowsAt(scale, target, weight), 0);
  let [low, high] = [0, 1];
  while (total(high) < hours) high *= 2;
  for (let round = 0; round < 60; round += 1) {
    const middle = (low + high) / 2;
    if (total(middle) < hours) low = middle;
    else high = middle;
  }
  let left = hours;
  for (const [target, weight] of weights) {
    target.rows = Math.min(left, rowsAt(high, target, weight));
    left -= target.rows;
    const rate = high * weight;
    target.viewsPerHour = rate / (1 - Math.exp(-rate));
  }
}
