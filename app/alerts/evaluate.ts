import { ADVISORY_LOCKS } from "~/platform/advisory-locks";
import type { PrismaClient } from "../../prisma/client/client";
import type { Facts } from "./facts";
import { type AlertEvent, createNotification } from "./notification";
import { enqueue } from "./outbox";
import { type FactSources, readFacts } from "./read-facts";
import { findRuleType } from "./rule-types/all-rules";
import type { RuleType } from "./rule-types/rule-type";
import { ensureRules } from "./rules";
import { severityOf } from "./severity";
import { type AlertState, closeDisabled, type Evaluation, nextState, type Transition } from "./state";

/** How often the rules are evaluated, ms; one of all processes does it. */
export const EVALUATE_EVERY_MS = 15_000;
/** Timers are not exact: an evaluation that is this early, ms, still counts as the next one. */
const EARLY_MS = 1000;
/** An evaluation that takes longer, ms, is rolled back. */
const TIMEOUT_MS = 20_000;

export interface EvaluationSources extends FactSources {
  process: string;
  /** The site's public address, for links in notifications; "" where it is not known. */
  publicUrl: string;
}

export type EvaluationOutcome = "evaluated" | "another process is evaluating" | "not due";

type Tx = Parameters<Parameters<PrismaClient["$transaction"]>[0]>[0];
type Rule = Awaited<ReturnType<Tx["alertRule"]["findMany"]>>[number];
type OpenAlert = Awaited<ReturnType<Tx["alert"]["findMany"]>>[number];

/**
 * Evaluates every rule: reads the facts, and writes states and notifications in one transaction. Of all processes that try, one
 * gets the lock, and the rules are evaluated once per `everyMs`. It needs only Postgres; facts that Redis does not answer for are
 * missing data. Rejects when Postgres does not answer; nothing has changed then.
 */
export async function evaluate(
  sources: EvaluationSources,
  now: Date,
  everyMs = EVALUATE_EVERY_MS,
): Promise<EvaluationOutcome> {
  return sources.db.$transaction(
    async (tx) => {
      const [lock] = await tx.$queryRaw<
        { got: boolean }[]
      >`SELECT pg_try_advisory_xact_lock(${ADVISORY_LOCKS.evaluateAlerts}::bigint) AS got`;
      if (!lock?.got) return "another process is evaluating";
      const last = await tx.lastEvaluation.findUnique({ where: { id: 1 } });
      if (last && Math.abs(now.getTime() - last.at.getTime()) < everyMs - EARLY_MS) return "not due";
      await ensureRules(tx);
      const rules = await tx.alertRule.findMany();
      const windows = Object.fromEntries(rules.map((rule) => [rule.kind, rule.windowSeconds]));
      const facts = await readFacts(sources, windows, now);
      // An operator who acknowledges an alert meanwhile waits for these locks, so that this evaluation cannot undo it.
      await tx.$queryRaw`SELECT id FROM "Alert" WHERE "resolvedAt" IS NULL FOR UPDATE`;
      const open = await tx.alert.findMany({ where: { resolvedAt: null } });
      for (const rule of rules) {
        const type = findRuleType(rule.kind);
        const alert = open.find((one) => one.rule === rule.kind) ?? null;
        if (type) await evaluateRule(tx, sources, { rule, type, alert, facts });
      }
      const evaluated = { at: now, process: sources.process };
      await tx.lastEvaluation.upsert({ where: { id: 1 }, create: evaluated, update: evaluated });
      return "evaluated";
    },
    { timeout: TIMEOUT_MS },
  );
}

interface RuleInput {
  rule: Rule;
  type: RuleType;
  alert: OpenAlert | null;
  facts: Facts;
}

async function evaluateRule(tx: Tx, sources: EvaluationSources, input: RuleInput) {
  const { rule, type, alert, facts } = input;
  const { now } = facts;
  const evaluation: Evaluation = rule.enabled
    ? type.evaluate(facts, rule)
    : { result: "ok", value: null, message: "This rule is disabled." };
  const state = alert && stateOf(alert);
  const next: Transition =
    state && !rule.enabled ? closeDisabled(state) : nextState(state, evaluation, rule, now);
  const before = await tx.alertCheck.findUnique({ where: { rule: rule.kind } });
  const check = {
    phase: next.phase,
    since: before?.phase === next.phase ? before.since : now,
    at: now,
    value: evaluation.value,
    message: evaluation.message,
  };
  await tx.alertCheck.upsert({
    where: { rule: rule.kind },
    create: { rule: rule.kind, ...check },
    update: check,
  });
  const measured = { value: evaluation.value, message: evaluation.message, threshold: rule.threshold };
  // That of the moment when it fired: an edit must not route "resolved" to other channels than "firing".
  const severity = severityOf(alert?.phase === "firing" ? alert.severity : rule.severity);
  const notify = (event: AlertEvent, id: number, { firedAt }: AlertState, resolvedAt: Date | null) =>
    enqueue(
      tx,
      createNotification(
        event,
        type,
        { id, ...measured, severity, firedAt, resolvedAt },
        { at: now, publicUrl: sources.publicUrl },
      ),
      now,
    );

  if (next.to === "dropped" && alert) await tx.alert.delete({ where: { id: alert.id } });
  if (next.to === "open") {
    // Without data the alert keeps its last known value and message.
    const data = { ...next.state, severity, ...(evaluation.result === "unknown" ? {} : measured) };
    const { id } = alert
      ? await tx.alert.update({ where: { id: alert.id }, data })
      : await tx.alert.create({ data: { rule: rule.kind, ...measured, ...data } });
    if (next.notify) await notify("firing", id, next.state, null);
  }
  if (next.to === "resolved" && alert) {
    await tx.alert.update({
      where: { id: alert.id },
      data: { phase: "resolved", resolvedAt: now, unknownSince: null },
    });
    if (next.notify) await notify("resolved", alert.id, next.state, now);
  }
}

const stateOf = (alert: OpenAlert): AlertState => ({
  phase: alert.phase === "firing" ? "firing" : "pending",
  pendingAt: alert.pendingAt,
  firedAt: alert.firedAt,
  breachedAt: alert.breachedAt,
  unknownSince: alert.unknownSince,
  notified: alert.notified,
  acknowledgedAt: alert.acknowledgedAt,
  snoozedUntil: alert.snoozedUntil,
});
