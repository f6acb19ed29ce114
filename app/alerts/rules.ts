import type { PrismaClient } from "../../prisma/client/client";
import { type Actor, writeAudit } from "../platform/audit";
import { Refusal } from "../shared/action-result";
import { findRuleType, RULE_TYPES } from "./rule-types";

export interface RuleEdit {
  enabled: boolean;
  /** In the kind's own unit. */
  threshold: number;
  windowSeconds: number;
  forSeconds: number;
  keepFiringSeconds: number;
}

/** A change that makes no sense. Its message is for the person at the form. */
export class BadEdit extends Refusal {
  override name = "BadEdit";
}

/** Longest durations that a rule may have: a window of a month, a day of waiting. */
export const LONGEST_WINDOW_SECONDS = 31 * 86_400;
export const LONGEST_WAIT_SECONDS = 86_400;
/** Samples cover ten seconds: a shorter window sees nothing. */
export const SHORTEST_WINDOW_SECONDS = 15;

/** Makes the rows of kinds that have none yet, with their defaults. Does nothing to the others. */
export const ensureRules = (db: Pick<PrismaClient, "alertRule">) =>
  db.alertRule.createMany({
    data: RULE_TYPES.map(({ kind, defaults }) => ({ kind, ...defaults })),
    skipDuplicates: true,
  });

/** Changes a rule and writes down who did, in one transaction. @throws BadEdit; nothing has changed then. */
export async function editRule(db: PrismaClient, actor: Actor, kind: string, edit: RuleEdit): Promise<void> {
  check(kind, edit);
  await db.$transaction(async (tx) => {
    const before = pick(await tx.alertRule.findUniqueOrThrow({ where: { kind } }));
    const after = pick(edit);
    await tx.alertRule.update({
      where: { kind },
      data: { ...after, updatedAt: new Date(), updatedBy: actor.email },
    });
    await writeAudit(tx, actor, { action: "alert.edit-rule", target: `alert rule ${kind}`, before, after });
  });
}

function check(kind: string, edit: RuleEdit) {
  const known = findRuleType(kind);
  if (!known) throw new BadEdit("There is no such rule.");
  const { threshold, windowSeconds, forSeconds, keepFiringSeconds } = edit;
  if (!Number.isFinite(threshold) || threshold <= 0) throw new BadEdit("The limit must be a number above 0.");
  if (known.unit === "share" && threshold > 1) throw new BadEdit("The limit may be 100 % at most.");
  const whole = (seconds: number, least: number, most: number) =>
    Number.isInteger(seconds) && seconds >= least && seconds <= most;
  if (known.looksBack && !whole(windowSeconds, SHORTEST_WINDOW_SECONDS, LONGEST_WINDOW_SECONDS))
    throw new BadEdit(
      `The rule must look back ${SHORTEST_WINDOW_SECONDS} seconds or more, and a month at most.`,
    );
  if (!whole(forSeconds, 0, LONGEST_WAIT_SECONDS) || !whole(keepFiringSeconds, 0, LONGEST_WAIT_SECONDS))
    throw new BadEdit("Waiting times are whole seconds, a day at most.");
}

const pick = ({ enabled, threshold, windowSeconds, forSeconds, keepFiringSeconds }: RuleEdit) => ({
  enabled,
  threshold,
  windowSeconds,
  forSeconds,
  keepFiringSeconds,
});

/** Longest silence or snooze: a month. What is to be quiet for ever should be switched off instead. */
export const LONGEST_QUIET_MS = 31 * 86_400_000;

/** Silences a rule until a moment: its alerts are shown and told to nobody. @throws BadEdit. */
export async function silenceRule(
  db: PrismaClient,
  actor: Actor,
  kind: string,
  { until, reason, now }: { until: Date; reason: string; now: Date },
): Promise<void> {
  if (!reason.trim()) throw new BadEdit("Say why the rule is to be silent.");
  const ms = until.getTime() - now.getTime();
  if (!(ms > 0 && ms <= LONGEST_QUIET_MS)) throw new BadEdit("A silence needs an end within a month.");
  await changeSilence(
    db,
    actor,
    kind,
    { silencedUntil: until, silencedBy: actor.email, silenceReason: reason.trim() },
    "alert.silence",
  );
}

/** Ends a silence now. */
export const unsilenceRule = (db: PrismaClient, actor: Actor, kind: string): Promise<void> =>
  changeSilence(
    db,
    actor,
    kind,
    { silencedUntil: null, silencedBy: null, silenceReason: null },
    "alert.unsilence",
  );

async function changeSilence(
  db: PrismaClient,
  actor: Actor,
  kind: string,
  data: { silencedUntil: Date | null; silencedBy: string | null; silenceReason: string | null },
  action: string,
) {
  await db.$transaction(async (tx) => {
    const rule = await tx.alertRule.findUnique({ where: { kind } });
    if (!rule) throw new BadEdit("There is no such rule.");
    await tx.alertRule.update({ where: { kind }, data });
    await writeAudit(tx, actor, {
      action,
      target: `alert rule ${kind}`,
      reason: data.silenceReason ?? undefined,
      before: { silencedUntil: rule.silencedUntil?.toISOString() ?? null },
      after: { silencedUntil: data.silencedUntil?.toISOString() ?? null },
    });
  });
}
