import type { PrismaClient } from "../../prisma/client/client";
import { type AlertEvent, createNotification } from "./notification";
import { enqueue } from "./outbox";
import type { RuleType } from "./rule-types/rule-type";
import { severityOf } from "./severity";
import { type AlertState, closeDisabled, dueAt, type Evaluation, nextState, type Transition } from "./state";
import { addSteps, keepReading } from "./steps";

export type Tx = Parameters<Parameters<PrismaClient["$transaction"]>[0]>[0];
type Rule = Awaited<ReturnType<Tx["alertRule"]["findMany"]>>[number];
type OpenAlert = Awaited<ReturnType<Tx["alert"]["findMany"]>>[number];

interface EvaluatedRule {
  rule: Rule;
  type: Pick<RuleType, "kind" | "title" | "runbook">;
  /** The rule's open alert. */
  alert: OpenAlert | null;
  evaluation: Evaluation;
  now: Date;
  publicUrl: string;
}

/** The evaluation of a rule that an operator disabled. */
export const DISABLED: Evaluation = { result: "ok", value: null, message: "This rule is disabled." };

/**
 * Writes what follows from one rule's evaluation: its check, its alert with its timeline, and notifications, in the caller's
 * transaction. @returns when the alert will change by time alone, if it will.
 */
export async function applyEvaluation(tx: Tx, evaluated: EvaluatedRule): Promise<Date | null> {
  const { rule, alert, evaluation, now } = evaluated;
  const state = alert && stateOf(alert);
  const next = state && !rule.enabled ? closeDisabled(state) : nextState(state, evaluation, rule, now);
  await writeCheck(tx, evaluated, next.phase);
  if (next.to === "none") return null;
  if (next.to === "dropped") {
    if (alert) await tx.alert.delete({ where: { id: alert.id } });
    return null;
  }
  const { id } = await writeAlert(tx, evaluated, next);
  await addSteps(
    tx,
    id,
    now,
    next.steps.map((kind) => ({ kind, text: textOf(kind, evaluated, next.state) })),
  );
  await keepReading(tx, id, { value: evaluation.value, since: next.state.pendingAt, now });
  if (next.notify) await notify(tx, evaluated, id, next);
  return next.to === "open" ? dueAt(next.state, rule) : null;
}

/** The words beside a step: what the rule said then, or why it is intended. */
function textOf(kind: string, { evaluation, rule }: EvaluatedRule, state: AlertState) {
  if (kind === "explained") return state.explanation;
  if (kind === "pending") return null;
  return kind === "resolved" && !rule.enabled ? DISABLED.message : evaluation.message;
}

async function writeCheck(tx: Tx, { rule, evaluation, now }: EvaluatedRule, phase: string) {
  const before = await tx.alertCheck.findUnique({ where: { rule: rule.kind } });
  const check = {
    phase,
    since: before?.phase === phase ? before.since : now,
    at: now,
    value: evaluation.value,
    message: evaluation.message,
  };
  await tx.alertCheck.upsert({
    where: { rule: rule.kind },
    create: { rule: rule.kind, ...check },
    update: check,
  });
}

type Kept = Extract<Transition, { to: "open" | "resolved" }>;

function writeAlert(tx: Tx, { rule, alert, evaluation, now }: EvaluatedRule, next: Kept) {
  // An alert keeps the last value and message of its breach: without data it has no newer one, and afterwards they say what was wrong.
  const measured =
    evaluation.result === "breached"
      ? { value: evaluation.value, message: evaluation.message, threshold: rule.threshold }
      : {};
  const ended = next.to === "resolved" ? { phase: "resolved", resolvedAt: now, unknownSince: null } : {};
  const data = { ...next.state, severity: severityNow(rule, alert), ...measured, ...ended };
  return alert
    ? tx.alert.update({ where: { id: alert.id }, data, select: { id: true } })
    : tx.alert.create({
        data: { rule: rule.kind, message: evaluation.message, threshold: rule.threshold, ...data },
        select: { id: true },
      });
}

/** That of the moment when it fired: an edit must not route "resolved" to other channels than "firing". */
const severityNow = (rule: Rule, alert: OpenAlert | null) =>
  severityOf(alert?.phase === "firing" ? alert.severity : rule.severity);

async function notify(tx: Tx, evaluated: EvaluatedRule, id: number, next: Kept) {
  const { rule, type, alert, evaluation, now, publicUrl } = evaluated;
  const resolved = next.to === "resolved";
  const event: AlertEvent = resolved ? "resolved" : "firing";
  const about = {
    id,
    value: evaluation.value,
    message: resolved && next.state.explanation ? next.state.explanation : evaluation.message,
    threshold: rule.threshold,
    severity: severityNow(rule, alert),
    firedAt: next.state.firedAt,
    resolvedAt: resolved ? now : null,
  };
  await enqueue(tx, createNotification(event, type, about, { at: now, publicUrl }), now);
}

const stateOf = (alert: OpenAlert): AlertState => ({
  phase: alert.phase === "firing" ? "firing" : "pending",
  pendingAt: alert.pendingAt,
  firedAt: alert.firedAt,
  breachedAt: alert.breachedAt,
  unknownSince: alert.unknownSince,
  recoveringSince: alert.recoveringSince,
  explanation: alert.explanation,
  drillId: alert.drillId,
  notified: alert.notified,
  acknowledgedAt: alert.acknowledgedAt,
  snoozedUntil: alert.snoozedUntil,
});
