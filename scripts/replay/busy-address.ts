import { LRUCache } from "lru-cache";
import { readerBlock } from "../../app/platform/address-block";

/** The default of `VIEW_LIMIT_BURST`: views of one address that a site may count at once. */
const BURST = 300;
/** Addresses that are remembered: a log can have millions. */
const MAX_ADDRESSES = 50_000;

/**
 * Warns once when one address has more views than a site lets count at once: a day of a school arrives within seconds here. The site
 * answers views over its limit as repeats, so that its answers cannot tell.
 */
export function warnOfBusyAddress(onProblem: (line: string) => void): (address: string) => void {
  const views = new LRUCache<string, number>({ max: MAX_ADDRESSES });
  let warned = false;
  return (address) => {
    if (warned) return;
    const block = readerBlock(address);
    const count = (views.get(block) ?? 0) + 1;
    views.set(block, count);
    if (count <= BURST) return;
    warned = true;
    onProblem(
      `one address has more than ${BURST} views. If the site was started without VIEW_LIMIT_BURST=0, it leaves some of them out as "too many" and answers as if they were repeats.`,
    );
  };
}
