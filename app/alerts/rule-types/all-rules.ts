import { POSTGRES_AWAY } from "./postgres-away";
import type { RuleType } from "./rule-type";
import { STORE_RULES } from "./store-rules";
import { SYNC_RULES } from "./sync-rules";
import { TRAFFIC_RULES } from "./traffic-rules";

/** Every rule type that evaluations decide, with a pure function over the facts; operators edit the numbers. */
export const RULE_TYPES: readonly RuleType[] = [...STORE_RULES, ...SYNC_RULES, ...TRAFFIC_RULES];

/** Every rule type, with those that processes decide themselves. */
export const ALL_RULE_TYPES: readonly RuleType[] = [...RULE_TYPES, POSTGRES_AWAY];

const byKind = new Map(ALL_RULE_TYPES.map((type) => [type.kind, type]));

/** The rule type of a row; null for a row that another version of Tidemark wrote. */
export const findRuleType = (kind: string): RuleType | null => byKind.get(kind) ?? null;
