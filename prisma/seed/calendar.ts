export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** The period that the seed invents, in Unix ms, from a whole UTC hour on; `end` is exclusive. */
export interface Calendar {
  start: number;
  end: number;
  /** Until then, every view has its own row, as on a site that does not count in Redis yet. */
  rowsUntil: number;
  /** A time in which no views were counted. */
  outage: { from: number; to: number };
}

const MINUTE = 60_000;
/** Processes that stopped reporting this long ago, ms, are not shown as silent any more (app/telemetry/processes.ts). */
const QUIET = 11 * MINUTE;

/** Eight months for the demo, up to some minutes before `now`; five weeks for tests, up to the last whole hour. */
export function createCalendar(now: Date, size: "demo" | "small"): Calendar {
  const [step, quiet] = size === "demo" ? [MINUTE, QUIET] : [HOUR, 0];
  const end = Math.floor((now.getTime() - quiet) / step) * step;
  const midnight = Math.floor(end / DAY) * DAY;
  const start = midnight - (size === "demo" ? 240 : 35) * DAY;
  const from = midnight - 42 * DAY + 16 * HOUR;
  return {
    start,
    end,
    rowsUntil: start + (size === "demo" ? 21 : 9) * DAY,
    outage: { from, to: from + 5 * HOUR },
  };
}

/** When each published chapter was published, Unix ms: at regular intervals, in the afternoon or evening (UTC). */
export function publicationTimes(
  plan: {
    slug: string;
    startedDaysAgo: number | null;
    everyDays: number;
    chapters: number;
    draftChapters: number;
  },
  calendar: Calendar,
): number[] {
  if (plan.startedDaysAgo === null) return [];
  const first = Math.floor(calendar.end / DAY) * DAY - plan.startedDaysAgo * DAY;
  const hour = 14 + (plan.slug.length % 6);
  return Array.from(
    { length: plan.chapters - plan.draftChapters },
    (_, index) => first + index * plan.everyDays * DAY + hour * HOUR,
  );
}
