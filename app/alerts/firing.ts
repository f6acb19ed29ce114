import { nameUsers } from "~/platform/people";
import { formatCount, formatList } from "~/shared/format";
import type { PrismaClient } from "../../prisma/client/client";
import { type Severity, severityOf } from "./severity";
import { type AlertStatus, statusOf } from "./state";

export interface FiringAlert {
  id: number;
  rule: string;
  message: string;
  firedAt: Date | null;
  severity: Severity;
  status: AlertStatus;
  /** More than a notice, and neither recovering, explained, acknowledged, snoozed nor silenced. */
  needsAttention: boolean;
  /** The person who has it. */
  acknowledgedBy: string | null;
  recoveringSince: Date | null;
  /** When it resolves if it stays back to normal. */
  closesAt: Date | null;
  explanation: string | null;
}

export interface Firing {
  /** Those that need attention first. */
  alerts: FiringAlert[];
  sentence: string;
}

/** Every alert that is firing at `now`, and one sentence about all of them. */
export async function readFiring(db: PrismaClient, now: Date): Promise<Firing> {
  const rows = await db.alert.findMany({
    where: { resolvedAt: null, phase: "firing" },
    orderBy: { firedAt: "desc" },
    include: { of: { select: { silencedUntil: true, keepFiringSeconds: true } } },
  });
  const named = await nameUsers(db, rows, ["acknowledgedBy"], "name");
  const alerts = named
    .map((alert): FiringAlert => {
      const status = statusOf(alert, alert.of, now);
      const { id, rule, message, firedAt, acknowledgedBy, recoveringSince, explanation } = alert;
      const severity = severityOf(alert.severity);
      return {
        ...{ id, rule, message, firedAt, acknowledgedBy, recoveringSince, explanation, status, severity },
        needsAttention: needsAttention({ status, severity }),
        closesAt: closesAt(alert, alert.of),
      };
    })
    .sort((a, b) => Number(b.needsAttention) - Number(a.needsAttention));
  return { alerts, sentence: firingSentence(alerts) };
}

/** Whether someone is needed for an alert, as nothing and no one takes care of it. A notice is only worth knowing. */
export const needsAttention = ({ status, severity }: Pick<FiringAlert, "status" | "severity">) =>
  status === "firing" && severity !== "notice";

/** When a recovering alert resolves if it stays back to normal. */
export const closesAt = (
  { recoveringSince }: { recoveringSince: Date | null },
  { keepFiringSeconds }: { keepFiringSeconds: number },
) => recoveringSince && new Date(recoveringSince.getTime() + keepFiringSeconds * 1000);

/**
 * "No alert is firing.", "2 alerts are firing and need attention.", "1 alert is firing: Ola has it.", "2 alerts are firing: 1 needs
 * attention and 1 is back to normal."
 */
export function firingSentence(
  alerts: Pick<FiringAlert, "status" | "severity" | "acknowledgedBy">[],
): string {
  if (alerts.length === 0) return "No alert is firing.";
  const are = `${formatCount(alerts.length, "alert")} ${alerts.length === 1 ? "is" : "are"} firing`;
  const by = (status: AlertStatus) => alerts.filter((alert) => alert.status === status);
  const open = alerts.filter(needsAttention);
  if (open.length === alerts.length) return `${are} and ${open.length === 1 ? "needs" : "need"} attention.`;
  const count = (some: unknown[], one: string, many: string) =>
    some.length ? [`${some.length} ${some.length === 1 ? one : many}`] : [];
  const taken = by("acknowledged");
  const person = taken[0]?.acknowledgedBy;
  const parts = [
    ...count(open, "needs attention", "need attention"),
    ...(taken.length === 1 && person
      ? [`${person} has ${alerts.length === 1 ? "it" : "1"}`]
      : count(taken, "is being handled", "are being handled")),
    ...count(by("firing").slice(open.length), "is a notice", "are notices"),
    ...count([...by("snoozed"), ...by("silenced")], "is muted", "are muted"),
    ...count(by("recovering"), "is back to normal", "are back to normal"),
    ...count(by("explained"), "is explained", "are explained"),
  ];
  return `${are}: ${formatList(parts)}.`;
}
