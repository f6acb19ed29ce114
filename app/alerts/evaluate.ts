import { ADVISORY_LOCKS } from "~/platform/advisory-locks";
import type { PrismaClient } from "../../prisma/client/client";
import type { Facts } from "./facts";
import { type AlertEvent, message } from "./messages";
import { enqueue } from "./outbox";
import { type FactSources, readFacts } from "./read-facts";
import { findRuleType, type RuleType } from "./rule-types";
import { ensureRules } from "./rules";
import { type AlertState, type Evaluation, nextState, switchOff, type Transition } from "./state";

/** Rules are evaluated this often, ms, by one process of all. */
export const ROUND_MS = 15_000;
/** Timers are not exact: a round that comes this much early, ms, is still the next one. */
const EARLY_MS = 1000;
/** A round that takes longer, ms, is given up, and nothing of it is kept. */
const LONGEST_MS = 20_000;

export interface RoundSources extends FactSources {
  process: string;
  /** Where people find the site, for links in notifications; "" where that is not known. */
  publicUrl: string;
}

export type Round = "evaluated" | "another process is at it" | "not due";

type Tx = Parameters<Parameters<PrismaClient["$transaction"]>[0]>[0];
type Rule = Awaited<ReturnType<Tx["alertRule"]["findMany"]>>[number];
type OpenAlert = Awaited<ReturnType<Tx["alert"]["findMany"]>>[number];

/**
 * One round: reads the facts, moves every rule on, and writes states and notifications in one transaction. Of all processes
 * that try, one gets the lock, and one round happens in `everyMs`. Needs Postgres only; what Redis should have said is then
 * missing data. Rejects when Postgres does not answer: nothing has changed then.
 */
export async function evaluate(sources: RoundSources, now: Date, everyMs = ROUND_MS): Promise<Round> {
  return sources.db.$transaction(
    async (tx) => {
      const [lock] = await tx.$queryRaw<
        { got: boolean }[]
      >`SELECT pg_try_advisory_xact_lock(${ADVISORY_LOCKS.evaluateAlerts}::bigint) AS got`;
      if (!lock?.got) return "another process is at it";
      const last = await tx.alertRound.findUnique({ where: { id: 1 } });
      if (last && Math.abs(now.getTime() - last.at.getTime()) < everyMs - EARLY_MS) return "not due";
      await ensureRules(tx);
      const rules = await tx.alertRule.findMany();
      const windows = Object.fromEntries(rules.map((rule) => [rule.kind, rule.windowSeconds]));
      const facts = await readFacts(sources, windows, now);
      // Locked, so that an operator who acknowledges meanwhile is not overwritten: she waits for this round.
      await tx.$queryRaw`SELECT id FROM "Alert" WHERE "resolvedAt" IS NULL FOR UPDATE`;
      const open = await tx.alert.findMany({ where: { resolvedAt: null } });
      for (const rule of rules) {
        const kind = findRuleType(rule.kind);
        const alert = open.find((one) => one.rule === rule.kind) ?? null;
        if (kind) await moveOn(tx, sources, { rule, kind, alert, facts });
      }
      const round = { at: now, process: sources.process };
      await tx.alertRound.upsert({ where: { id: 1 }, create: round, update: round });
      return "evaluated";
    },
    { timeout: LONGEST_MS },
  );
}

interface Turn {
  rule: Rule;
  kind: RuleType;
  alert: OpenAlert | null;
  facts: Facts;
}

async function moveOn(tx: Tx, sources: RoundSources, turn: Turn) {
  const { rule, kind, alert, facts } = turn;
  const { now } = facts;
  const seen: Evaluation = rule.enabled
    ? kind.judge(facts, rule)
    : { is: "fine", value: null, says: "This rule is switched off." };
  const episode = alert && episodeOf(alert);
  const next: Transition =
    episode && !rule.enabled ? switchOff(episode) : nextState(episode, seen, rule, now);
  const before = await tx.alertCheck.findUnique({ where: { rule: rule.kind } });
  const check = {
    phase: next.phase,
    since: before?.phase === next.phase ? before.since : now,
    at: now,
    value: seen.value,
    says: seen.says,
  };
  await tx.alertCheck.upsert({
    where: { rule: rule.kind },
    create: { rule: rule.kind, ...check },
    update: check,
  });
  const measured = { value: seen.value, says: seen.says, threshold: rule.threshold };
  const tell = (event: AlertEvent, id: number, of: AlertState, resolvedAt: Date | null) =>
    enqueue(
      tx,
      message(
        event,
        kind,
        { id, ...measured, firedAt: of.firedAt, resolvedAt },
        { at: now, publicUrl: sources.publicUrl },
      ),
      now,
    );

  if (next.to === "dropped" && alert) await tx.alert.delete({ where: { id: alert.id } });
  if (next.to === "open") {
    // Without data the alert goes on saying what was seen last.
    const data = { ...next.episode, ...(seen.is === "unknown" ? {} : measured) };
    const { id } = alert
      ? await tx.alert.update({ where: { id: alert.id }, data })
      : await tx.alert.create({ data: { rule: rule.kind, ...measured, ...data } });
    if (next.tell) await tell("firing", id, next.episode, null);
  }
  if (next.to === "resolved" && alert) {
    await tx.alert.update({
      where: { id: alert.id },
      data: { phase: "resolved", resolvedAt: now, unknownSince: null },
    });
    if (next.tell) await tell("resolved", alert.id, next.episode, now);
  }
}

const episodeOf = (alert: OpenAlert): AlertState => ({
  phase: alert.phase === "firing" ? "firing" : "pending",
  pendingAt: alert.pendingAt,
  firedAt: alert.firedAt,
  badAt: alert.badAt,
  unknownSince: alert.unknownSince,
  told: alert.told,
  acknowledgedAt: alert.acknowledgedAt,
  snoozedUntil: alert.snoozedUntil,
});
