import type { DetailViews } from "../set-history";

/** Referring sites that a story keeps by name per hour; the others count as "other", as they do for live views. */
const MAX_REFERRERS = 100;

/** Groups, not names of sites: they need no limit. */
const GROUPS = ["direct", "this site", "other"];

/** Keeps the names of the most frequent sites per source and hour, and adds the others up. */
export function limitReferrers(details: DetailViews[]): DetailViews[] {
  const named = new Map<string, DetailViews[]>();
  const kept: DetailViews[] = [];
  for (const detail of details) {
    if (detail.dimension !== "referrer" || GROUPS.includes(detail.value)) {
      kept.push({ ...detail });
      continue;
    }
    const key = `${detail.source} ${detail.hour}`;
    const sites = named.get(key);
    if (sites) sites.push(detail);
    else named.set(key, [detail]);
  }
  for (const sites of named.values()) {
    sites.sort((a, b) => b.views - a.views || (a.value < b.value ? -1 : 1));
    kept.push(...sites.slice(0, MAX_REFERRERS));
    const [first, ...more] = sites.slice(MAX_REFERRERS);
    if (!first) continue;
    const views = more.reduce((sum, site) => sum + site.views, first.views);
    const other = kept.find(
      ({ source, hour, dimension, value }) =>
        source === first.source && hour === first.hour && dimension === "referrer" && value === "other",
    );
    if (other) other.views += views;
    else kept.push({ ...first, value: "other", views });
  }
  return kept;
}
