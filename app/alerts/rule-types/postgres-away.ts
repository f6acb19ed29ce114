import { ok, type RuleType } from "./rule-type";

/** Seconds without an answer after which the channels are told, by default. */
const TOLD_AFTER_SECONDS = 30;

/**
 * Postgres is away. No evaluation can find that out, because evaluations need Postgres: each web process watches for it
 * (app/alerts/postgres-away) by this rule's limit, and writes the alert down when Postgres is back.
 */
export const POSTGRES_AWAY: RuleType = {
  kind: "postgres-away",
  title: "Postgres is away",
  runbook: "postgres-is-down",
  unit: "seconds",
  limitLabel: ["Fire after", "without an answer"],
  looksBack: false,
  severity: "critical",
  defaults: { threshold: TOLD_AFTER_SECONDS, windowSeconds: 0, forSeconds: 0, keepFiringSeconds: 0 },
  evaluate: () =>
    ok(
      0,
      "Postgres answers. Web processes watch for it themselves; they tell the channels and resolve the alert without an evaluation.",
    ),
};
