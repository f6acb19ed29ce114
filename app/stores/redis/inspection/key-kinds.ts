/** What a key is for. */
export const KEY_KINDS = ["seen", "hours", "pending", "ledger", "queue", "other"] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** The names of a shard's keys, after its tag, by kind; everything else of a shard is bookkeeping of its ledger. */
const NAMES: readonly [RegExp, KeyKind][] = [
  [/^seen:/, "seen"],
  [/^(hour|settled|synced):/, "hours"],
  [/^pending$/, "pending"],
];

/** Tells what a key is for by its name. `prefix` is REDIS_PREFIX: keys of another site in the same Redis are "other". */
export function kindOfKey(key: string, prefix: string): KeyKind {
  if (!key.startsWith(prefix)) return "other";
  const name = key.slice(prefix.length);
  if (name.startsWith("{tidemark}:")) return "queue";
  const own = /^\{v\d+\}:(.*)$/s.exec(name)?.[1];
  if (own === undefined) return "other";
  return NAMES.find(([pattern]) => pattern.test(own))?.[1] ?? "ledger";
}
