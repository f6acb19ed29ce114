import { formatCount } from "~/shared/format";

interface LossFacts {
  aof: { fsync: string | null } | null;
  snapshot: { at: unknown; changes: number };
}

/** What a crash of the machine, not only of Redis, would lose: everything that is not on its disk yet. */
export function describeLoss({ aof, snapshot }: LossFacts): string {
  if (!aof)
    return snapshot.at
      ? `everything since the last snapshot: ${formatCount(snapshot.changes, "change")}`
      : "everything";
  if (aof.fsync === "always") return "nothing";
  if (aof.fsync === "everysec") return "the last second, two at worst";
  if (aof.fsync === "no") return "what the system has not written, often 30 seconds";
  return "unknown: Redis does not say how often it flushes";
}
