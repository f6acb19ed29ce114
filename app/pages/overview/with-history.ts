import type { ComparedSeries } from "~/shared/compare";
import { bucketOf } from "~/shared/series";

interface HistoryViews {
  views: [at: number, views: number][];
}

type Values<K extends string> = Record<K, number | null>;

/**
 * A series of samples with one more column, `history`: the views of times in which no process reported. The history is kept by the hour,
 * so where buckets are shorter, an hour of it stands in the one that it starts with.
 */
export function withHistory<K extends string>(
  { stepSeconds, points }: ComparedSeries<K>,
  history: HistoryViews | null,
): ComparedSeries<K | "history"> {
  const first = points[0]?.at ?? 0;
  const views = new Map<number, number>();
  for (const [at, count] of history?.views ?? []) {
    const bucket = Math.max(bucketOf(at, stepSeconds), first);
    views.set(bucket, (views.get(bucket) ?? 0) + count);
  }
  const add = (values: Values<K> | null, found: number | null) =>
    values === null && found === null ? null : ({ ...values, history: found } as Values<K | "history">);
  return {
    stepSeconds,
    points: points.map((point) => ({
      ...point,
      values: add(point.values, views.get(point.at) ?? null),
      before: add(point.before, null),
    })),
  };
}
