import { formatDuration, formatTime } from "~/shared/format";
import type { Facts } from "../facts";
import { compare, MINUTES_5, ok, type RuleType } from "./rule-type";

/**
 * The rule that watches the rules. Evaluated like every other one, it says afterwards that nothing was watched for a while; and every
 * process evaluates it alone when it finds that no evaluation ends (`watch-evaluation.ts`), so it fires while that lasts.
 */
export const EVALUATION_STOPPED = {
  kind: "evaluation-stopped",
  title: "Alert rules were not evaluated",
  runbook: "alert-rules-are-not-evaluated",
  unit: "seconds",
  limitLabel: ["Fire after", "without an evaluation"],
  looksBack: false,
  severity: "warning",
  defaults: { threshold: 120, windowSeconds: 0, forSeconds: 0, keepFiringSeconds: MINUTES_5 },
  evaluate(
    { lastEvaluatedAt, now }: Pick<Facts, "lastEvaluatedAt" | "now">,
    { threshold }: { threshold: number },
  ) {
    if (!lastEvaluatedAt) return ok(0, "The rules are evaluated for the first time.");
    const seconds = Math.max(0, (now.getTime() - lastEvaluatedAt.getTime()) / 1000);
    return compare(
      seconds,
      threshold,
      seconds < threshold
        ? "The rules are evaluated as planned."
        : `No rule was evaluated for ${formatDuration(seconds)} (since ${formatTime(lastEvaluatedAt, { now, seconds: true })}); the limit is ${formatDuration(threshold)}. Alerts of that time come late, or not at all.`,
    );
  },
} satisfies RuleType;
