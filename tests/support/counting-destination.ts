import type { Tally } from "../../scripts/replay/report";
import type { Destination, NumberedView } from "../../scripts/replay/send-views";

/** A site in memory: it takes the views of a replay, and counts each reader of a page once. */
export interface CountingDestination extends Destination {
  /** Every view, in the order in which it came. */
  views: NumberedView[];
  readers: Record<string, number>;
}

export function countingDestination(
  { report }: Tally,
  counts: (agent: string | null) => boolean,
): CountingDestination {
  const known = new Set<string>();
  const destination: CountingDestination = {
    views: [],
    readers: {},
    async offer(views) {
      for (const item of views) {
        const { path, address, agent } = item.view;
        destination.views.push(item);
        const reader = [path, address, agent].join("\n");
        if (!counts(agent)) report.noAgent += 1;
        else if (known.has(reader)) report.duplicates += 1;
        else {
          known.add(reader);
          report.counted += 1;
          destination.readers[path] = (destination.readers[path] ?? 0) + 1;
        }
      }
    },
    async finish() {},
  };
  return destination;
}
