import type { Facts } from "../facts";
import type { Severity } from "../severity";
import type { Evaluation } from "../state";

/** The unit of a threshold; it decides how a form asks for it. */
export type Unit =
  | "share"
  | "seconds"
  | "views"
  | "intervals"
  | "times"
  | "rates"
  | "runs"
  | "jobs"
  | "problems"
  | "processes"
  | "lines"
  | "log-ins";

export interface RuleType {
  /** Identifies the type in rows, the audit and webhooks. */
  kind: string;
  title: string;
  /** A heading of docs/troubleshooting.md, as an anchor. */
  runbook: string;
  unit: Unit;
  /** The words before and after the threshold in the form. */
  limitLabel: readonly [before: string, after: string];
  /** Whether it looks back over the rule's window rather than at the present. */
  looksBack: boolean;
  /** How urgent its alerts are, until an operator decides otherwise. */
  severity: Severity;
  defaults: { threshold: number; windowSeconds: number; forSeconds: number; keepFiringSeconds: number };
  evaluate(facts: Facts, rule: { threshold: number; windowSeconds: number }): Evaluation;
  /** Reads the slug of the story that one of its messages names. Absent where messages name no story. */
  storyIn?(message: string): string | null;
}

/** The value is within the limit. */
export const ok = (value: number | null, message: string): Evaluation => ({ result: "ok", value, message });
/** The value is beyond the limit. */
export const breached = (value: number | null, message: string): Evaluation => ({
  result: "breached",
  value,
  message,
});
/** There is nothing to compare with the limit. */
export const noData = (message: string): Evaluation => ({ result: "unknown", value: null, message });
/** Beyond the limit from the threshold on. */
export const compare = (value: number, threshold: number, message: string): Evaluation =>
  value >= threshold ? breached(value, message) : ok(value, message);

/** It is so because an operator chose it, or a drill did. */
export const explained = (
  evaluation: Evaluation,
  text: string,
  drillId: number | null = null,
): Evaluation => ({
  ...evaluation,
  explanation: { text, drillId },
});

/** Where counting in Redis is switched off. */
export const REDIS_OFF = ok(null, "Counting in Redis is switched off, so there is nothing to watch.");

/** Seconds. */
export const MINUTES_5 = 300;
export const HOUR = 3600;
export const DAY = 86_400;
