import { HOUR_MS, unitStart, zoneClock } from "~/shared/calendar";
import type { TargetKind } from "~/tracker/view";
import type { PrismaClient } from "../../../../prisma/client/client";
import { readBuckets } from "../read-view-hours";

/** Today so far, in the editor's zone, against the same weekday a week ago. */
export interface Today {
  counted: number;
  /** Of the day a week ago, up to the end of the present hour. */
  weekAgo: number;
  /** The end of that hour, ISO: the history is kept by the hour. */
  by: Date;
}

/** The counted views of today, and those of the day a week ago up to the same hour. */
export async function readToday(
  db: PrismaClient,
  kind: TargetKind,
  targetId: number,
  zone: string,
  now: number,
): Promise<Today> {
  const clock = zoneClock(zone);
  const by = (Math.floor(now / HOUR_MS) + 1) * HOUR_MS;
  const midnight = clock.hourAt(unitStart(clock.wallOf(now), "day"));
  const earlier = (at: number) => clock.hourAt(clock.wallOf(at) - 7 * 24 * HOUR_MS);
  const sum = async (from: number, to: number) =>
    (await readBuckets(db, kind, targetId, { starts: [from], to }))[0] ?? 0;
  const [counted, weekAgo] = await Promise.all([
    midnight < by ? sum(midnight, by) : 0,
    sum(earlier(midnight), earlier(by)),
  ]);
  return { counted, weekAgo, by: new Date(by) };
}
