import { LRUCache } from "lru-cache";

/** Limits how many views one block of addresses can have counted. */
export interface AddressLimit {
  /** Whether another view from this block may count now. If so, it is one view closer to its limit. */
  allows(block: string): boolean;
}

/** Blocks that are remembered, some 10 MB. An attacker with more of them than this has more addresses than any limit can hold. */
const MAX_BLOCKS = 50_000;

/**
 * A token bucket per block of addresses: `burst` views at once, and `perMinute` from then on, which is enough for a school or an
 * office behind one address. A burst of 0 switches it off. A bucket is one number, the time at which it would be full again
 * (the generic cell rate algorithm, ITU-T I.371), so that forgetting a full one changes nothing.
 *
 * `now`, in ms, is never set back. Each web process has buckets of its own. They are not parts of one limit: an office whose connections,
 * kept alive, all lead to one process would have a part only.
 */
export function createAddressLimit(
  rule: { burst: number; perMinute: number },
  now: () => number = () => performance.now(),
): AddressLimit {
  if (rule.burst === 0) return { allows: () => true };
  const msPerView = 60_000 / rule.perMinute;
  const burstMs = rule.burst * msPerView;
  const fullAgain = new LRUCache<string, number>({ max: MAX_BLOCKS });
  return {
    allows(block) {
      const at = now();
      const until = Math.max(at, fullAgain.get(block) ?? 0) + msPerView;
      if (until - at > burstMs) return false;
      fullAgain.set(block, until);
      return true;
    },
  };
}
