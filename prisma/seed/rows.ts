import { DAY } from "./calendar";
import type { Random } from "./random";
import type { Visit } from "./traffic";

/** A view from before Redis, when each view had its own row. */
export interface ViewRow {
  targetId: number;
  viewer: string;
  viewedAt: number;
  referrer: string;
  device: string;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Eight base64url characters, like the keys of anonymous viewers. */
const anonymousKey = (random: Random) =>
  Array.from({ length: 8 }, () => alphabet[random.between(0, 63)]).join("");

/**
 * One row per counted view, for the visits before `until`. A signed-in reader appears at most once per day and target, as
 * the dedupe window applied then as well.
 */
export function rowsOf(
  visits: Visit[],
  until: number,
  ids: { story: number; chapters: number[]; readers: number[] },
  random: Random,
): { story: ViewRow[]; chapters: ViewRow[] } {
  const rows = { story: [] as ViewRow[], chapters: [] as ViewRow[] };
  const lastSeen = new Map<string, number>();
  const early = visits.filter((visit) => visit.at < until).sort((a, b) => a.at - b.at);
  for (const visit of early) {
    const user = random.chance(0.06) ? `u${random.pick(ids.readers)}` : null;
    const row = (list: ViewRow[], kind: string, targetId: number) => {
      const key = `${kind} ${targetId} ${user}`;
      const isFree = user !== null && visit.at - (lastSeen.get(key) ?? Number.NEGATIVE_INFINITY) >= DAY;
      if (isFree) lastSeen.set(key, visit.at);
      list.push({
        targetId,
        viewer: isFree && user !== null ? user : anonymousKey(random),
        viewedAt: visit.at,
        referrer: visit.referrer,
        device: visit.device,
      });
    };
    row(rows.story, "story", ids.story);
    for (const index of visit.chapters) {
      const chapterId = ids.chapters[index];
      if (chapterId !== undefined) row(rows.chapters, "chapter", chapterId);
    }
  }
  return rows;
}
