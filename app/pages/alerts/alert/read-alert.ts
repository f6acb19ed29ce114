import type { SerializeFrom } from "@remix-run/node";
import { nameUsers } from "~/platform/people";
import type { PrismaClient } from "../../../../prisma/client/client";
import { describeAlert } from "../describe-alert";
import { type Happening, timeline } from "./timeline";

/** A timeline and a chart have at most this many rows; an alert that flaps for days has more. */
const STEPS_SHOWN = 500;
const READINGS_SHOWN = 2000;

/** An alert with everything that happened to it, oldest first, and its value over time; null if there is none. */
export async function readAlert(db: PrismaClient, id: number, now: Date) {
  const row = await db.alert.findUnique({ where: { id }, include: { of: true } });
  if (!row) return null;
  const [steps, deliveries, readings] = await Promise.all([
    db.alertStep.findMany({ where: { alertId: id }, orderBy: { id: "asc" }, take: STEPS_SHOWN }),
    db.delivery.findMany({
      where: { alertId: id },
      orderBy: { id: "asc" },
      take: STEPS_SHOWN,
      include: { channel: { select: { name: true } }, log: { orderBy: { id: "desc" }, take: 1 } },
    }),
    db.alertReading.findMany({
      where: { alertId: id },
      orderBy: { at: "desc" },
      take: READINGS_SHOWN,
      select: { at: true, value: true },
    }),
  ]);
  const [alert] = await nameUsers(db, [describeAlert(row, now)], ["acknowledgedBy", "snoozedBy"], "name");
  if (!alert) return null;
  return {
    alert,
    limit: row.threshold,
    timeline: timeline(await nameUsers(db, steps, ["by", "to"], "name"), deliveries, now),
    readings: readings.reverse(),
  };
}

/** An entry of a timeline, as the browser gets it. */
export type HappeningRow = SerializeFrom<Happening>;
