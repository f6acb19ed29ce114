import { ADVISORY_LOCKS } from "~/platform/advisory-locks";
import { applyEvaluation, DISABLED, type Tx } from "./apply-evaluation";
import { EVALUATE_EVERY_MS, isDue, nextEvaluationAt } from "./evaluation-due";
import { type FactSources, readFacts } from "./read-facts";
import { findRuleType } from "./rule-types/all-rules";
import { ensureRules } from "./rules";

/** An evaluation that takes longer, ms, is rolled back. */
const TIMEOUT_MS = 20_000;

export interface EvaluationSources extends FactSources {
  process: string;
  /** The site's public address, for links in notifications; "" where it is not known. */
  publicUrl: string;
}

export type EvaluationOutcome = "evaluated" | "another process is evaluating" | "not due";

/**
 * Evaluates every rule: reads the facts, and writes states and notifications in one transaction. Of all processes that try, one
 * gets the lock, and the rules are evaluated every `everyMs`, or earlier when an alert is about to fire or to resolve, or a web process
 * has changed where it counts. It needs only Postgres; facts that Redis does not answer for are missing data. Rejects when Postgres does
 * not answer; nothing has changed then.
 */
export async function evaluate(
  sources: EvaluationSources,
  now: Date,
  everyMs = EVALUATE_EVERY_MS,
): Promise<EvaluationOutcome> {
  const { publicUrl, process } = sources;
  return sources.db.$transaction(
    async (tx) => {
      const [lock] = await tx.$queryRaw<
        { got: boolean }[]
      >`SELECT pg_try_advisory_xact_lock(${ADVISORY_LOCKS.evaluateAlerts}::bigint) AS got`;
      if (!lock?.got) return "another process is evaluating";
      const last = await tx.lastEvaluation.findUnique({ where: { id: 1 } });
      // Read before the facts: a change that comes later asks for another evaluation.
      const modeChangeId = await newestModeChange(tx);
      if (!isDue(last, modeChangeId, now)) return "not due";
      await ensureRules(tx);
      const rules = await tx.alertRule.findMany();
      const windows = Object.fromEntries(rules.map((rule) => [rule.kind, rule.windowSeconds]));
      const facts = await readFacts(sources, windows, last?.at ?? null, now);
      // An operator who acknowledges an alert meanwhile waits for these locks, so that this evaluation cannot undo it.
      await tx.$queryRaw`SELECT id FROM "Alert" WHERE "resolvedAt" IS NULL FOR UPDATE`;
      const open = await tx.alert.findMany({ where: { resolvedAt: null } });
      const due: (Date | null)[] = [];
      for (const rule of rules) {
        const type = findRuleType(rule.kind);
        if (!type) continue;
        const alert = open.find((one) => one.rule === rule.kind) ?? null;
        const evaluation = rule.enabled ? type.evaluate(facts, rule) : DISABLED;
        due.push(await applyEvaluation(tx, { rule, type, alert, evaluation, now, publicUrl }));
      }
      const nextAt = nextEvaluationAt(due, now, everyMs);
      const evaluated = { at: now, process, nextAt, modeChangeId };
      await tx.lastEvaluation.upsert({ where: { id: 1 }, create: evaluated, update: evaluated });
      return "evaluated";
    },
    { timeout: TIMEOUT_MS },
  );
}

async function newestModeChange(tx: Tx): Promise<bigint> {
  const newest = await tx.modeChange.findFirst({ orderBy: { id: "desc" }, select: { id: true } });
  return newest?.id ?? 0n;
}
