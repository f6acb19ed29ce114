import type { SerializeFrom } from "@remix-run/node";
import type { AlertStatus } from "~/alerts/state";
import { nameUsers } from "~/platform/people";
import type { PrismaClient } from "../../../prisma/client/client";
import { describeAlert } from "./describe-alert";
import { readOperators } from "./read-operators";

const RESOLVED_SHOWN = 30;
/** Open alerts in this order: those that need attention first. */
const ORDER: AlertStatus[] = [
  "firing",
  "pending",
  "snoozed",
  "silenced",
  "acknowledged",
  "explained",
  "recovering",
];

/** The open alerts, those that need attention first, and the resolved ones, newest first; and who can take one over. */
export async function readAlerts(db: PrismaClient, now: Date) {
  const [openRows, resolvedRows, operators] = await Promise.all([
    db.alert.findMany({ where: { resolvedAt: null }, include: { of: true } }),
    db.alert.findMany({
      where: { resolvedAt: { not: null } },
      orderBy: { resolvedAt: "desc" },
      take: RESOLVED_SHOWN,
      include: { of: true },
    }),
    readOperators(db),
  ]);
  const open = openRows.map((row) => describeAlert(row, now));
  open.sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
  const resolved = resolvedRows.map((row) => describeAlert(row, now));
  return {
    open: await nameUsers(db, open, ["acknowledgedBy", "snoozedBy"], "name"),
    resolved: await nameUsers(db, resolved, ["acknowledgedBy"], "name"),
    operators,
  };
}

/** An alert, as the browser gets it. */
export type AlertRow = SerializeFrom<typeof readAlerts>["open"][number];
/** A person to whom an alert can be handed over. */
export type OperatorRow = SerializeFrom<typeof readAlerts>["operators"][number];
