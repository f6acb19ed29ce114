import { formatCount, formatDuration, formatNumber } from "~/shared/format";
import type { PrismaClient } from "../../../prisma/client/client";

const SHOWN = 10;

/** One thing that a drill proves: when it came, or why not. */
export interface DrillCheck {
  what: string;
  came: "yes" | "not yet" | "no";
  says: string;
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
  reconciledAt: Date | null;
  processes: { heldAt: Date; recoveredAt: Date | null }[];
}

/** The latest drills with what each proved, newest first. */
export async function readDrills(db: PrismaClient, now: Date) {
  const [rows, channels, rule] = await Promise.all([
    db.drill.findMany({ orderBy: { id: "desc" }, take: SHOWN, include: { processes: true } }),
    db.alertChannel.count({ where: { removedAt: null } }),
    db.alertRule.findUnique({ where: { kind: "fallback-share" } }),
  ]);
  const drills = rows.map(({ processes, ...drill }) => ({
    ...drill,
    running: drill.endedAt === null && drill.endsAt > now,
    proofs: checkDrill({ ...drill, processes }, channels, now),
  }));
  return { drills, running: drills.find((drill) => drill.running) ?? null, channels, rule };
}

/** How long after a drill's end something that has not come yet may still come, s. */
const PATIENCE_SECONDS = 900;
/** An alert looks back over the last minutes: it may fire a little after the end, s, but no later. */
const ALERT_PATIENCE_SECONDS = 120;

/** Pure: what a drill proved by `now`, step by step, with the time each took. */
export function checkDrill(drill: DrillFacts, channels: number, now: Date): DrillCheck[] {
  const { startedAt, processes, expected } = drill;
  const over = drill.endedAt ?? (drill.endsAt <= now ? drill.endsAt : null);
  const overFor = over === null ? -1 : (now.getTime() - over.getTime()) / 1000;
  const late = overFor > PATIENCE_SECONDS;
  const noAlert = drill.alertFiredAt === null && overFor > ALERT_PATIENCE_SECONDS;
  const held = processes.map((one) => one.heldAt.getTime()).sort((a, b) => a - b);
  const recovered = processes.flatMap((one) => one.recoveredAt?.getTime() ?? []).sort((a, b) => a - b);
  const all = Math.max(expected, processes.length);
  const sinceStart = (at: number | Date) => `${took(startedAt, at)} after the begin`;
  const sinceEnd = (at: number | Date) => `${took(over ?? drill.endsAt, at)} after the end`;
  const step = (
    what: string,
    came: boolean,
    yes: () => string,
    why: string,
    hopeless = late,
  ): DrillCheck => ({
    what,
    came: came ? "yes" : hopeless ? "no" : "not yet",
    says: came ? yes() : why,
  });
  return [
    step(
      "Noticed",
      held.length > 0,
      () => sinceStart(held[0] ?? 0),
      "No process has noticed it.",
      over !== null,
    ),
    step(
      "All switched",
      held.length > 0 && held.length >= expected,
      () => `${formatCount(held.length, "process", "processes")}, the last ${sinceStart(held.at(-1) ?? 0)}`,
      `${formatNumber(held.length)} of ${formatCount(all, "process", "processes")} so far.`,
      over !== null,
    ),
    step(
      "Fallback",
      drill.fallbackViews > 0,
      () => `${formatCount(drill.fallbackViews, "view was", "views were")} counted in the database`,
      "Nobody has read anything meanwhile, so nothing was counted.",
      overFor > ALERT_PATIENCE_SECONDS,
    ),
    step(
      "Alert fired",
      drill.alertFiredAt !== null,
      () => sinceStart(drill.alertFiredAt ?? 0),
      over
        ? "It has not fired: the drill was shorter than the rule needs, or the alert fired before it."
        : "The rule needs its time: samples come every 10 s, rounds every 15 s.",
      noAlert,
    ),
    step(
      "Told",
      drill.deliveredAt !== null,
      () => sinceStart(drill.deliveredAt ?? 0),
      channels === 0 ? "There is no channel to tell." : "No channel has taken the message.",
      channels === 0 || noAlert || late,
    ),
    step(
      "All recovered",
      recovered.length > 0 && recovered.length >= processes.length,
      () =>
        `${formatCount(recovered.length, "process", "processes")}, the last ${sinceEnd(recovered.at(-1) ?? 0)}`,
      over
        ? `${formatNumber(recovered.length)} of ${formatCount(processes.length, "process", "processes")} so far.`
        : "The drill still runs.",
    ),
    step(
      "Reconciled",
      drill.reconciledAt !== null,
      () => sinceEnd(drill.reconciledAt ?? 0),
      drill.fallbackViews === 0
        ? "There was nothing to reconcile."
        : "The worker has not yet agreed with Redis on all of these views.",
      late || (over !== null && drill.fallbackViews === 0),
    ),
    step(
      "Alert over",
      drill.alertResolvedAt !== null,
      () => sinceEnd(drill.alertResolvedAt ?? 0),
      drill.alertFiredAt ? "It still fires: the share is of the last minutes." : "It has not fired.",
      noAlert || late,
    ),
  ];
}

const took = (from: Date, to: number | Date) => {
  const seconds = Math.max(0, (Number(to) - from.getTime()) / 1000);
  return seconds < 10 ? `${formatNumber(Math.round(seconds * 10) / 10)} s` : formatDuration(seconds);
};
