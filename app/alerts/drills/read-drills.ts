import { nameUsers } from "~/platform/people";
import { formatCount, formatDuration, formatNumber } from "~/shared/format";
import type { PrismaClient } from "../../../prisma/client/client";

const DRILLS_SHOWN = 10;
/** Alerts among which those are that were firing when these drills started. */
const ALERTS_READ = 50;

/** One step that a drill is checked for. */
export interface DrillCheck {
  step: string;
  happened: "yes" | "not yet" | "no";
  /** When it happened, or why not. */
  message: string;
}

export interface DrillFacts {
  startedAt: Date;
  endsAt: Date;
  endedAt: Date | null;
  expected: number;
  alertFiredAt: Date | null;
  deliveredAt: Date | null;
  alertResolvedAt: Date | null;
  fallbackViews: number;
  /** Of those, the drill's own. */
  probes: number;
  /** The alert was firing when the drill started, so that it could not fire because of it. */
  firingBefore: boolean;
  reconciledAt: Date | null;
  processes: { heldAt: Date; recoveredAt: Date | null }[];
}

/** The rule whose alert a drill proves. */
const RULE = "redis-away";

/** The latest drills with their checks, newest first; and the channels, the rule and its alert, on which a drill depends. */
export async function readDrills(db: PrismaClient, now: Date) {
  const [rows, channels, rule, alerts] = await Promise.all([
    db.drill.findMany({ orderBy: { id: "desc" }, take: DRILLS_SHOWN, include: { processes: true } }),
    db.alertChannel.count({ where: { removedAt: null } }),
    db.alertRule.findUnique({ where: { kind: RULE } }),
    db.alert.findMany({
      where: { rule: RULE, firedAt: { not: null } },
      orderBy: { id: "desc" },
      take: ALERTS_READ,
      select: { firedAt: true, resolvedAt: true },
    }),
  ]);
  const isFiringAt = (at: Date) =>
    alerts.some(({ firedAt, resolvedAt }) => firedAt && firedAt < at && (!resolvedAt || resolvedAt > at));
  const named = await nameUsers(db, rows, ["startedBy", "abortedBy"]);
  const drills = named.map(({ processes, ...drill }) => ({
    ...drill,
    running: drill.endedAt === null && drill.endsAt > now,
    checks: checkDrill(
      { ...drill, processes, firingBefore: isFiringAt(drill.startedAt) },
      channels,
      now,
      rule?.forSeconds,
    ),
  }));
  const running = drills.find((drill) => drill.running) ?? null;
  return { drills, running, channels, rule, isFiring: isFiringAt(now) };
}

/** How long after a drill's end, s, a missing step may still happen. */
const STEP_SECONDS = 900;
/** How long after a drill's end, s, the alert may still fire: its rule looks back over the last minutes. */
const ALERT_SECONDS = 120;

/** A drill's steps up to `now`, each with the time it took or why it has not happened. `ruleSeconds`: how long its rule waits. Pure. */
export function checkDrill(drill: DrillFacts, channels: number, now: Date, ruleSeconds = 0): DrillCheck[] {
  const { startedAt, processes, expected, firingBefore } = drill;
  const endedAt = drill.endedAt ?? (drill.endsAt <= now ? drill.endsAt : null);
  const secondsSinceEnd = endedAt === null ? -1 : (now.getTime() - endedAt.getTime()) / 1000;
  const late = secondsSinceEnd > STEP_SECONDS;
  const noAlert = drill.alertFiredAt === null && secondsSinceEnd > ALERT_SECONDS;
  const held = processes.map((one) => one.heldAt.getTime()).sort((a, b) => a - b);
  const recovered = processes.flatMap((one) => one.recoveredAt?.getTime() ?? []).sort((a, b) => a - b);
  const total = Math.max(expected, processes.length);
  const sinceStart = (at: number | Date) => `${took(startedAt, at)} after the start`;
  const sinceEnd = (at: number | Date) => `${took(endedAt ?? drill.endsAt, at)} after the end`;
  const check = (
    step: string,
    happened: boolean,
    when: () => string,
    whyNot: string,
    tooLate = late,
  ): DrillCheck => ({
    step,
    happened: happened ? "yes" : tooLate ? "no" : "not yet",
    message: happened ? when() : whyNot,
  });
  return [
    check(
      "Noticed",
      held.length > 0,
      () => sinceStart(held[0] ?? 0),
      "No process has joined the drill.",
      endedAt !== null,
    ),
    check(
      "All switched",
      held.length > 0 && held.length >= expected,
      () => `${formatCount(held.length, "process", "processes")}, the last ${sinceStart(held.at(-1) ?? 0)}`,
      `${formatNumber(held.length)} of ${formatCount(total, "process", "processes")} so far.`,
      endedAt !== null,
    ),
    check(
      "Fallback",
      drill.fallbackViews > 0,
      () =>
        `${formatCount(drill.fallbackViews, "view was", "views were")} counted in the database${ofProbes(drill)}`,
      "No view was counted in the database during the drill.",
      secondsSinceEnd > ALERT_SECONDS,
    ),
    check(
      "Alert fired",
      drill.alertFiredAt !== null,
      () => sinceStart(drill.alertFiredAt ?? 0),
      firingBefore
        ? "It was firing before the drill started, so this drill could not prove it."
        : endedAt
          ? `It has not fired. The drill was too short: the rule waits ${formatDuration(ruleSeconds)}.`
          : `Not yet: it fires ${formatDuration(ruleSeconds)} after the first process has switched.`,
      noAlert || firingBefore,
    ),
    check(
      "Notified",
      drill.deliveredAt !== null,
      () => sinceStart(drill.deliveredAt ?? 0),
      channels === 0
        ? "There is no notification channel."
        : firingBefore
          ? "The alert did not fire again, so no notification was due."
          : "No channel has accepted the notification.",
      channels === 0 || noAlert || late || firingBefore,
    ),
    check(
      "All recovered",
      recovered.length > 0 && recovered.length >= processes.length,
      () =>
        `${formatCount(recovered.length, "process", "processes")}, the last ${sinceEnd(recovered.at(-1) ?? 0)}`,
      endedAt
        ? `${formatNumber(recovered.length)} of ${formatCount(processes.length, "process", "processes")} so far.`
        : "The drill is still running.",
    ),
    check(
      "Reconciled",
      drill.reconciledAt !== null,
      () => sinceEnd(drill.reconciledAt ?? 0),
      drill.fallbackViews === 0
        ? "There was nothing to reconcile."
        : "The worker has not reconciled all of these views with Redis yet.",
      late || (endedAt !== null && drill.fallbackViews === 0),
    ),
    check(
      "Alert resolved",
      drill.alertResolvedAt !== null,
      () => sinceEnd(drill.alertResolvedAt ?? 0),
      drill.alertFiredAt
        ? "It is still firing: it waits until Redis has been back for as long as the rule says."
        : "It has not fired.",
      noAlert || late || (firingBefore && drill.alertFiredAt === null),
    ),
  ];
}

/** How many of a drill's views were its own. */
const ofProbes = ({ fallbackViews, probes }: DrillFacts) => {
  if (probes === 0) return "";
  return probes === fallbackViews
    ? ", all of them the drill's own probes"
    : `, ${formatNumber(probes)} of them the drill's own probes`;
};

const took = (from: Date, to: number | Date) => {
  const seconds = Math.max(0, (Number(to) - from.getTime()) / 1000);
  return seconds < 10 ? `${formatNumber(Math.round(seconds * 10) / 10)} s` : formatDuration(seconds);
};
