import { DAY_MS, HOUR_MS } from "../../app/tracker/window";

/** The time that the large site invents, in whole hours (UTC). Hour numbers count from `start`. */
export interface History {
  start: Date;
  /** Exclusive. */
  end: Date;
  hours: number;
  /** Views of earlier hours are from before Redis. */
  redisFrom: number;
  /** Hours in which views were counted in Postgres. */
  outages: number[];
}

const DAYS = 730;
const DAYS_BEFORE_REDIS = 21;
const DAYS_BETWEEN_OUTAGES = 61;
/** Processes that stopped reporting this long ago, ms, are not shown as silent any more. */
const QUIET_MS = 15 * 60_000;

/** Two years up to `now`, with an outage of one or two hours every two months. */
export function planHistory(now: Date): History {
  const end = Math.floor((now.getTime() - QUIET_MS) / HOUR_MS) * HOUR_MS;
  const start = end - DAYS * DAY_MS;
  const hours = DAYS * 24;
  const outages: number[] = [];
  for (let day = 40, n = 0; day < DAYS - 10; day += DAYS_BETWEEN_OUTAGES, n += 1)
    for (let hour = 0; hour <= n % 2; hour += 1) outages.push(day * 24 + 15 + n + hour);
  return { start: new Date(start), end: new Date(end), hours, redisFrom: DAYS_BEFORE_REDIS * 24, outages };
}
