import { shardOf } from "~/tracker/shard";
import type { Offer } from "~/tracker/view";
import { type DedupeWindow, dayOf } from "~/tracker/window";
import type { Scripts } from "./scripts";

/**
 * Creates the look-up of counted views: for each offer, in order, when the view was that keeps another one from counting now (Unix ms),
 * or null. Rejects when Redis does not answer.
 */
export function createReadCounted(scripts: Scripts, window: DedupeWindow) {
  const { length, generation, grace, daysBefore } = window;
  return (offers: readonly Offer[], now: number): Promise<(number | null)[]> =>
    Promise.all(
      offers.map(async (offer) => {
        const day = dayOf(now);
        const keys = Array.from({ length: daysBefore + 2 }, (_, i) => offer.key(day + 1 - i));
        const argument = [day, ...keys].join(" ");
        const reply = await scripts.run("counted", shardOf(offer.storyId), [
          ...[length, generation, grace, daysBefore],
          argument,
        ]);
        const [at] = reply as [string];
        return at ? Number(at) : null;
      }),
    );
}
