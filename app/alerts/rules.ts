import { type Actor, type AuditAction, writeAudit } from "~/platform/audit";
import { actorName } from "~/platform/people";
import { Refusal } from "~/shared/action-result";
import type { PrismaClient } from "../../prisma/client/client";
import { findRuleType, RULE_TYPES } from "./rule-types/all-rules";
import { isSeverity, type Severity } from "./severity";

export interface RuleEdit {
  enabled: boolean;
  /** In the unit of the rule's type. */
  threshold: number;
  windowSeconds: number;
  forSeconds: number;
  keepFiringSeconds: number;
  /** Applies to alerts that fire from now on. */
  severity: Severity;
}

/** A change that is not possible. Its message is for the person who submitted the form. */
export class BadEdit extends Refusal {
  override name = "BadEdit";
}

/** The longest window that a rule may have: a month. */
export const LONGEST_WINDOW_SECONDS = 31 * 86_400;
/** The longest delay before an alert fires or resolves: a day. */
export const LONGEST_DELAY_SECONDS = 86_400;
/** Samples cover ten seconds, so a shorter window may contain none. */
export const SHORTEST_WINDOW_SECONDS = 15;

/** Creates a row, with the defaults, for each rule type that has none yet. Leaves existing rows alone. */
export const ensureRules = (db: Pick<PrismaClient, "alertRule">) =>
  db.alertRule.createMany({
    data: RULE_TYPES.map(({ kind, severity, defaults }) => ({ kind, severity, ...defaults })),
    skipDuplicates: true,
  });

/** Changes a rule and writes it to the audit, in one transaction. @throws BadEdit; nothing has changed then. */
export async function editRule(db: PrismaClient, actor: Actor, kind: string, edit: RuleEdit): Promise<void> {
  check(kind, edit);
  await db.$transaction(async (tx) => {
    const before = pick(await tx.alertRule.findUniqueOrThrow({ where: { kind } }));
    const after = pick(edit);
    await tx.alertRule.update({
      where: { kind },
      data: { ...after, updatedAt: new Date(), updatedBy: actorName(actor) },
    });
    await writeAudit(tx, actor, { action: "alert.edit-rule", target: `alert rule ${kind}`, before, after });
  });
}

function check(kind: string, edit: RuleEdit) {
  const type = findRuleType(kind);
  if (!type) throw new BadEdit("There is no such rule.");
  const { threshold, windowSeconds, forSeconds, keepFiringSeconds } = edit;
  if (!Number.isFinite(threshold) || threshold <= 0) throw new BadEdit("The limit must be a number above 0.");
  if (type.unit === "share" && threshold > 1) throw new BadEdit("The limit must be 100 % or less.");
  const whole = (seconds: number, least: number, most: number) =>
    Number.isInteger(seconds) && seconds >= least && seconds <= most;
  if (type.looksBack && !whole(windowSeconds, SHORTEST_WINDOW_SECONDS, LONGEST_WINDOW_SECONDS))
    throw new BadEdit(
      `The window must be between ${SHORTEST_WINDOW_SECONDS} seconds and a month, in whole seconds.`,
    );
  if (!whole(forSeconds, 0, LONGEST_DELAY_SECONDS) || !whole(keepFiringSeconds, 0, LONGEST_DELAY_SECONDS))
    throw new BadEdit("Delays must be whole seconds, a day at most.");
  if (!isSeverity(edit.severity))
    throw new BadEdit("The severity must be critical, warning or notice.", "severity");
}

/** The columns that an edit may change. */
const pick = (rule: Omit<RuleEdit, "severity"> & { severity: string }) => ({
  enabled: rule.enabled,
  threshold: rule.threshold,
  windowSeconds: rule.windowSeconds,
  forSeconds: rule.forSeconds,
  keepFiringSeconds: rule.keepFiringSeconds,
  severity: rule.severity,
});

/** The longest silence or snooze: a month. To mute a rule for longer, disable it. */
export const LONGEST_MUTE_MS = 31 * 86_400_000;

/** Silences a rule until a time: its alerts are shown, but the channels are not notified. @throws BadEdit. */
export async function silenceRule(
  db: PrismaClient,
  actor: Actor,
  kind: string,
  { until, reason, now }: { until: Date; reason: string; now: Date },
): Promise<void> {
  if (!reason.trim()) throw new BadEdit("Give a reason for silencing the rule.");
  const ms = until.getTime() - now.getTime();
  if (!(ms > 0 && ms <= LONGEST_MUTE_MS)) throw new BadEdit("A silence must end within a month.");
  await changeSilence(
    db,
    actor,
    kind,
    { silencedUntil: until, silencedBy: actorName(actor), silenceReason: reason.trim() },
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
  action: AuditAction,
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
