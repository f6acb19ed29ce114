import { bucketIndex, LATENCY_BOUNDS_US } from "../../../app/shared/histogram";
import type { Random } from "../random";

/** Shares of views per latency bucket: most take half a millisecond, a few in a thousand wait for something. */
export const LATENCIES = LATENCY_BOUNDS_US.map(
  (bound) => Math.exp(-((Math.log(bound / 450) / 0.75) ** 2)) + (bound > 2000 && bound < 120_000 ? 0.002 : 0),
).concat(0);

const SUM = LATENCIES.reduce((sum, share) => sum + share, 0);
/** A view that Postgres counts takes at least so long, µs. */
const DATABASE_US = 5000;

/** The bucket of one view's latency. */
export function drawLatency(random: Random, inDatabase: boolean): number {
  let left = random.next() * SUM;
  const drawn = LATENCIES.findIndex((share) => {
    left -= share;
    return left < 0;
  });
  return inDatabase ? Math.max(drawn, bucketIndex(DATABASE_US)) : Math.max(drawn, 0);
}
