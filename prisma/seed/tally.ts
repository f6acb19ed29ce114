import { HISTORY_SOURCE } from "../../app/tracker/source";
import { HOUR } from "./calendar";
import type { Excluded, Visit } from "./traffic";

/** The views of one hour and source; `hour` is in Unix ms. */
export interface HourCount {
  hour: number;
  source: string;
  views: number;
}

export interface DetailCount extends HourCount {
  dimension: string;
  value: string;
}

export interface Tally {
  story: HourCount[];
  /** By index of the published chapter. */
  chapters: HourCount[][];
  details: DetailCount[];
}

/** Sums visits per hour and source, which `sourceAt` tells of a time. Hours without views have no entry, as in the real table. */
export function tallyVisits(
  visits: Visit[],
  excluded: Excluded[],
  chapterCount: number,
  sourceAt: (at: number) => string = () => HISTORY_SOURCE,
): Tally {
  const story = new Map<string, HourCount>();
  const chapters = Array.from({ length: chapterCount }, () => new Map<string, HourCount>());
  const details = new Map<string, DetailCount>();
  const add = (map: Map<string, HourCount>, key: string, hour: number, source: string) => {
    const known = map.get(key);
    if (known) known.views += 1;
    else map.set(key, { hour, source, views: 1 });
  };
  const addDetail = (hour: number, source: string, dimension: string, value: string, views: number) => {
    const key = `${hour} ${source} ${dimension} ${value}`;
    const known = details.get(key);
    if (known) known.views += views;
    else details.set(key, { hour, source, dimension, value, views });
  };
  for (const visit of visits) {
    const hour = Math.floor(visit.at / HOUR) * HOUR;
    const source = sourceAt(visit.at);
    const key = `${hour} ${source}`;
    add(story, key, hour, source);
    for (const index of visit.chapters) {
      const counts = chapters[index];
      if (counts) add(counts, key, hour, source);
    }
    addDetail(hour, source, "referrer", visit.referrer, 1);
    addDetail(hour, source, "device", visit.device, 1);
  }
  for (const { hour, reason, views } of excluded) addDetail(hour, sourceAt(hour), "excluded", reason, views);
  return {
    story: [...story.values()],
    chapters: chapters.map((counts) => [...counts.values()]),
    details: [...details.values()],
  };
}

/** The sum of all hours. */
export const totalOf = (counts: HourCount[]) => counts.reduce((sum, count) => sum + count.views, 0);
