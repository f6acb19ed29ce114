import { formatCount, formatList } from "~/shared/format";
import type { PrismaClient } from "../../prisma/client/client";

export interface FiringAlert {
  id: number;
  rule: string;
  message: string;
  firedAt: Date | null;
  /** It is neither acknowledged, snoozed nor silenced. */
  needsAttention: boolean;
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
    select: {
      id: true,
      rule: true,
      message: true,
      firedAt: true,
      acknowledgedAt: true,
      snoozedUntil: true,
      of: { select: { silencedUntil: true } },
    },
  });
  const alerts = rows
    .map(({ acknowledgedAt, snoozedUntil, of, ...alert }) => ({
      ...alert,
      needsAttention:
        acknowledgedAt === null &&
        !(snoozedUntil && snoozedUntil > now) &&
        !(of.silencedUntil && of.silencedUntil > now),
    }))
    .sort((a, b) => Number(b.needsAttention) - Number(a.needsAttention));
  return { alerts, sentence: firingSentence(alerts) };
}

/** "No alert is firing.", "2 alerts are firing: 1 needs attention and 1 is being handled." */
export function firingSentence(alerts: Pick<FiringAlert, "needsAttention">[]): string {
  const all = alerts.length;
  if (all === 0) return "No alert is firing.";
  const open = alerts.filter((alert) => alert.needsAttention).length;
  const parts = [
    ...(open ? [`${open} ${open === 1 ? "needs" : "need"} attention`] : []),
    ...(all > open ? [`${all - open} ${all - open === 1 ? "is" : "are"} being handled`] : []),
  ];
  return `${formatCount(all, "alert")} ${all === 1 ? "is" : "are"} firing: ${formatList(parts)}.`;
}
