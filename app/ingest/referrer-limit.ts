import { LRUCache } from "lru-cache";
import { isCampaign } from "~/shared/campaign";
import { HOUR_MS } from "~/tracker/window";

/** Sites that readers behind one address come from, per hour. Real readers of a school come from few; a visitor who makes hosts up, from many. */
const HOSTS_PER_BLOCK = 10;
/** Blocks of addresses that are remembered, a few megabytes. */
const MAX_BLOCKS = 10_000;

/**
 * Limits how many referring sites and campaigns one block of addresses can name per hour: a story keeps so many by name, and one visitor could take all
 * of their places with names that are made up. Returns the host to count, "other" beyond the limit. `now` in ms, never set back.
 */
export function createReferrerLimit(now: () => number = () => performance.now()) {
  const blocks = new LRUCache<string, { since: number; hosts: Set<string> }>({ max: MAX_BLOCKS });
  return (block: string, host: string): string => {
    // "direct", "this site" and "other" are groups, not names.
    if (!host.includes(".") && !isCampaign(host)) return host;
    let known = blocks.get(block);
    if (!known || now() - known.since >= HOUR_MS) {
      known = { since: now(), hosts: new Set() };
      blocks.set(block, known);
    }
    if (!known.hosts.has(host) && known.hosts.size >= HOSTS_PER_BLOCK) return "other";
    known.hosts.add(host);
    return host;
  };
}
