import type { RuleType } from "./rule-type";
import { STORE_RULES } from "./store-rules";
import { SYNC_RULES } from "./sync-rules";
import { TRAFFIC_RULES } from "./traffic-rules";

/** Every rule type. Each evaluates the facts with a pure function; operators edit the numbers. */
export const RULE_TYPES: readonly RuleType[] = [...STORE_RULES, ...SYNC_RULES, ...TRAFFIC_RULES];

const byKind = new Map(RULE_TYPES.map((type) => [type.kind, type]));

/** The rule type of a row; null for a row that another version of Tidemark wrote. */
export const findRuleType = (kind: string): RuleType | null => byKind.get(kind) ?? null;
