import type { SerializeFrom } from "@remix-run/node";
import { findRuleType } from "~/alerts/rule-types/all-rules";
import { type AlertStatus, statusOf } from "~/alerts/state";
import { nameUsers } from "~/platform/people";
import type { PrismaClient } from "../../../prisma/client/client";

const RESOLVED_SHOWN = 30;
/** Open alerts in this order: those that need attention first. */
const ORDER: AlertStatus[] = ["firing", "pending", "snoozed", "silenced", "acknowledged"];

/** The open alerts, those that need attention first, and the resolved ones, newest first. */
export async function readAlerts(db: PrismaClient, now: Date) {
  const [open = [], resolved = []] = (
    await Promise.all([
      db.alert.findMany({ where: { resolvedAt: null }, include: { of: true } }),
      db.alert.findMany({
        where: { resolvedAt: { not: null } },
        orderBy: { resolvedAt: "desc" },
        take: RESOLVED_SHOWN,
        include: { of: true },
      }),
    ])
  ).map((rows) =>
    rows.map(({ of: rule, ...alert }) => {
      const type = findRuleType(alert.rule);
      return {
        ...alert,
        status: statusOf(alert, rule, now),
        title: type?.title ?? alert.rule,
        runbook: type?.runbook ?? "",
        silencedUntil: rule.silencedUntil,
        silenceReason: rule.silenceReason,
      };
    }),
  );
  open.sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
  return {
    open: await nameUsers(db, open, ["acknowledgedBy", "snoozedBy"]),
    resolved: await nameUsers(db, resolved, ["acknowledgedBy"]),
  };
}

/** An alert, as the browser gets it. */
export type AlertRow = SerializeFrom<typeof readAlerts>["open"][number];
