import { HOUR } from "./calendar";
import type { Excluded, Visit } from "./traffic";

/** The views of one hour; `hour` is in Unix ms. */
export interface HourCount {
  hour: number;
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

/** Sums visits per hour. Hours without views have no entry, as in the real table. */
export function tallyVisits(visits: Visit[], excluded: Excluded[], chapterCount: number): Tally {
  const story = new Map<number, number>();
  const chapters = Array.from({ length: chapterCount }, () => new Map<number, number>());
  const details = new Map<string, DetailCount>();
  const add = (map: Map<number, number>, hour: number) => map.set(hour, (map.get(hour) ?? 0) + 1);
  const addDetail = (hour: number, dimension: string, value: string, views: number) => {
    const key = `${hour} ${dimension} ${value}`;
    const known = details.get(key);
    if (known) known.views += views;
    else details.set(key, { hour, dimension, value, views });
  };
  for (const visit of visits) {
    const hour = Math.floor(visit.at / HOUR) * HOUR;
    add(story, hour);
    for (const index of visit.chapters) {
      const counts = chapters[index];
      if (counts) add(counts, hour);
    }
    addDetail(hour, "referrer", visit.referrer, 1);
    addDetail(hour, "device", visit.device, 1);
  }
  for (const { hour, reason, views } of excluded) addDetail(hour, "excluded", reason, views);
  const list = (map: Map<number, number>) => [...map].map(([hour, views]) => ({ hour, views }));
  return { story: list(story), chapters: chapters.map(list), details: [...details.values()] };
}

/** The sum of all hours. */
export const totalOf = (counts: HourCount[]) => counts.reduce((sum, count) => sum + count.views, 0);
