import { formatCount, formatList } from "~/shared/format";
import type { PrismaClient } from "../../prisma/client/client";

export interface FiringAlert {
  id: number;
  rule: string;
  says: string;
  firedAt: Date | null;
  /** Nobody has acknowledged, snoozed or silenced it. */
  needsSomebody: boolean;
}

export interface Firing {
  /** What needs somebody first. */
  alerts: FiringAlert[];
  sentence: string;
}

/** Every alert that fires now, and one sentence about all of them. */
export async function readFiring(db: PrismaClient, now: Date): Promise<Firing> {
  const rows = await db.alert.findMany({
    where: { resolvedAt: null, phase: "firing" },
    orderBy: { firedAt: "desc" },
    select: {
      id: true,
      rule: true,
      says: true,
      firedAt: true,
      acknowledgedAt: true,
      snoozedUntil: true,
      of: { select: { silencedUntil: true } },
    },
  });
  const alerts = rows
    .map(({ acknowledgedAt, snoozedUntil, of, ...alert }) => ({
      ...alert,
      needsSomebody:
        acknowledgedAt === null &&
        !(snoozedUntil && snoozedUntil > now) &&
        !(of.silencedUntil && of.silencedUntil > now),
    }))
    .sort((a, b) => Number(b.needsSomebody) - Number(a.needsSomebody));
  return { alerts, sentence: firingSentence(alerts) };
}

/** "No alert is firing.", "2 alerts are firing: 1 needs somebody, 1 is in hand." */
export function firingSentence(alerts: Pick<FiringAlert, "needsSomebody">[]): string {
  const all = alerts.length;
  if (all === 0) return "No alert is firing.";
  const open = alerts.filter((alert) => alert.needsSomebody).length;
  const parts = [
    ...(open ? [`${open} ${open === 1 ? "needs" : "need"} somebody`] : []),
    ...(all > open ? [`${all - open} ${all - open === 1 ? "is" : "are"} in hand`] : []),
  ];
  return `${formatCount(all, "alert")} ${all === 1 ? "is" : "are"} firing: ${formatList(parts)}.`;
}
