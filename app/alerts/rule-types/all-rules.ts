import { BUDGET_RULES } from "./budget-rules";
import { CORRECTNESS_RULES } from "./correctness-rules";
import { COUNTING_RULES } from "./counting-rules";
import { POSTGRES_AWAY } from "./postgres-away";
import { REDIS_RULES } from "./redis-rules";
import type { RuleType } from "./rule-type";
import { SYNC_RULES } from "./sync-rules";
import { TRAFFIC_RULES } from "./traffic-rules";

/** The rule types by subject, in the order of the alerts page. */
export const RULE_GROUPS: readonly { title: string; rules: readonly RuleType[] }[] = [
  { title: "Counting", rules: [...COUNTING_RULES, POSTGRES_AWAY] },
  { title: "Sync", rules: SYNC_RULES },
  { title: "Redis", rules: REDIS_RULES },
  { title: "Correctness", rules: CORRECTNESS_RULES },
  { title: "Traffic", rules: TRAFFIC_RULES },
  { title: "Objectives", rules: BUDGET_RULES },
];

/** Every rule type. Each evaluates the facts with a pure function; operators edit the numbers. */
export const RULE_TYPES: readonly RuleType[] = RULE_GROUPS.flatMap(({ rules }) => rules);

const byKind = new Map(RULE_TYPES.map((type) => [type.kind, type]));

/** The rule type of a row; null for a row that another version of Tidemark wrote. */
export const findRuleType = (kind: string): RuleType | null => byKind.get(kind) ?? null;
