import type { Redis } from "ioredis";

/** A reason why Redis may lose views that it has acknowledged, or takes none. */
export interface RedisRisk {
  kind:
    | "eviction"
    | "no-file"
    | "snapshots-only"
    | "file-write"
    | "file-rewrite"
    | "snapshot-write"
    | "replica";
  /** Needs a person now; otherwise the site copes, or the configuration limits what it promises. */
  urgent: boolean;
  /** For operators: what it is, why it matters, what to do. */
  text: string;
}

/**
 * Reads how safe views are in this Redis. CONFIG tells whether it writes snapshots; managed services often refuse it, and then
 * INFO alone decides. Rejects when Redis does not answer or forbids INFO.
 */
export async function readRedisRisks(redis: Redis): Promise<RedisRisk[]> {
  const [info, save] = await Promise.all([redis.info(), readSave(redis)]);
  return findRedisRisks(info, save);
}

/** The setting `save`: "" if Redis writes no snapshots by itself; null where it may not be read. */
export async function readSave(redis: Redis): Promise<string | null> {
  try {
    const [, save] = (await redis.config("GET", "save")) as string[];
    return save ?? null;
  } catch {
    // Refused, or no answer; without an answer INFO rejects as well, and the caller hears of it.
    return null;
  }
}

/** The value of a field of INFO; undefined when this server does not have it. */
export const infoField = (info: string, name: string) =>
  info.match(new RegExp(`^${name}:(.*?)\\r?$`, "m"))?.[1];

/** Finds the risks in the text of INFO. `save` as in `readRedisRisks`. A field that a server does not have is no risk. */
export function findRedisRisks(info: string, save: string | null): RedisRisk[] {
  const field = (name: string) => infoField(info, name);
  const risks: RedisRisk[] = [];
  const add = (kind: RedisRisk["kind"], urgent: boolean, text: string) => risks.push({ kind, urgent, text });
  const policy = field("maxmemory_policy");
  const appends = field("aof_enabled");

  if (field("role") === "slave")
    add(
      "replica",
      false,
      "REDIS_URL leads to a replica, which takes no writes, so views are counted in the database. Point REDIS_URL at the primary.",
    );
  if (policy && policy !== "noeviction")
    add(
      "eviction",
      true,
      `Redis's eviction policy is ${policy}, so it may discard views that are waiting to sync. Set maxmemory-policy noeviction.`,
    );
  if (appends === "0" && save === "")
    add(
      "no-file",
      true,
      "Redis keeps nothing on disk, so a restart loses every view that is waiting to sync. Set appendonly yes.",
    );
  else if (appends === "0")
    add(
      "snapshots-only",
      false,
      `Redis has no append-only file, so a crash loses every view since its last snapshot${save === null ? ", if it writes any" : ""}. Set appendonly yes.`,
    );
  if (appends === "0" && save !== "" && field("rdb_last_bgsave_status") === "err")
    add(
      "snapshot-write",
      true,
      "Redis could not write its last snapshot, and has no other file. Check the free space on its disk, and its log.",
    );
  if (appends === "1" && field("aof_last_write_status") === "err")
    add(
      "file-write",
      true,
      "Redis cannot write its append-only file and refuses views, which are counted in the database. Check the free space on its disk, and its log.",
    );
  if (appends === "1" && field("aof_last_bgrewrite_status") === "err")
    add(
      "file-rewrite",
      true,
      "Redis could not rewrite its append-only file, which grows until the disk is full. Check the free space on its disk, and its log.",
    );
  return risks;
}
