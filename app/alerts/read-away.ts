import { namesUser } from "~/platform/people";
import { readProcesses } from "~/telemetry/processes";
import type { PrismaClient } from "../../prisma/client/client";
import { type Away, type DrillPeriod, findAwayPeriods } from "./away";

/** No more changes of mode are read, the newest first: a Redis that flaps for days must not grow the evaluation. */
const MAX_CHANGES = 500;

/** Where the web processes count, and counted since `since`; null when none reports. */
export async function readAway(db: PrismaClient, since: Date, now: Date): Promise<Away | null> {
  const [processes, changes] = await Promise.all([
    readProcesses(db, now),
    db.modeChange.findMany({
      where: { role: "web", at: { gte: since, lte: now } },
      orderBy: { at: "desc" },
      take: MAX_CHANGES,
    }),
  ]);
  const web = processes.filter(({ role, silent }) => role === "web" && !silent);
  if (web.length === 0) return null;
  // A reason that names who started a drill stays where it is.
  const unnamed = <Row extends { reason: string }>(rows: Row[]) =>
    rows.map((row) => ({
      ...row,
      isDrill: /^drill \d/.test(row.reason),
      reason: namesUser(row.reason) ? "" : row.reason,
    }));
  return {
    reporting: web.length,
    periods: findAwayPeriods(unnamed(changes.reverse()), unnamed(web), since),
  };
}

/** The drills that ran at some time since `since`. */
export async function readDrillPeriods(db: PrismaClient, since: Date, now: Date): Promise<DrillPeriod[]> {
  const drills = await db.drill.findMany({
    where: { endsAt: { gte: since }, startedAt: { lte: now } },
    select: { id: true, startedAt: true, endsAt: true, endedAt: true },
  });
  return drills.map(({ endedAt, endsAt, ...drill }) => ({ ...drill, endsAt: endedAt ?? endsAt }));
}

/**
 * When an operator last chose where views are counted; null if no one ever has. What was counted in the database by choice is not an
 * outage, nor is the time since.
 */
export async function readChosenAt(db: PrismaClient): Promise<Date | null> {
  const setting = await db.setting.findUnique({ where: { key: "countIn" }, select: { updatedAt: true } });
  return setting?.updatedAt ?? null;
}
