import { open, readFile, rm, stat, utimes } from "node:fs/promises";
import path from "node:path";
import type { Redis } from "ioredis";
import { withTimeout } from "~/tracker/timeout";

/** A lease that its holder does not renew ends after this long, ms; the watch renews it every few seconds. */
const LEASE_MS = 60_000;
const REDIS_TIMEOUT_MS = 1000;
/** Beside the journal, which is the one directory that a web process can write to for certain. */
const FILE = "postgres-away.lease";

/** Decides which of the web processes tells. */
export interface TellerLease {
  /** Takes the lease, or renews it. Postgres cannot be asked here. */
  hold(): Promise<boolean>;
}

/**
 * One process of all tells if Redis answers, else one per directory `dir`: one per machine, usually. The lease is never given back but
 * ends by itself, so that a process that notices Postgres's return a moment later does not start to tell again.
 */
export const createTellerLease = (options: {
  redis: Redis | null;
  /** Starts the key's name. */
  prefix: string;
  dir: string;
  process: string;
}): TellerLease => ({
  async hold() {
    const { redis, prefix, dir, process } = options;
    if (redis?.status === "ready") {
      try {
        return await withTimeout(
          REDIS_TIMEOUT_MS,
          holdInRedis(redis, `${prefix}tidemark:postgres-away`, process),
        );
      } catch {
        // Redis is away as well: the file decides.
      }
    }
    return holdFile(path.join(dir, FILE), process);
  },
});

async function holdInRedis(redis: Redis, key: string, process: string): Promise<boolean> {
  if ((await redis.set(key, process, "PX", LEASE_MS, "NX")) === "OK") return true;
  if ((await redis.get(key)) !== process) return false;
  return (await redis.pexpire(key, LEASE_MS)) === 1;
}

/** Two processes that find an old lease in the same instant may both get it: then both tell, which is better than neither. */
async function holdFile(file: string, process: string): Promise<boolean> {
  const now = new Date();
  try {
    const handle = await open(file, "wx");
    await handle.writeFile(process).finally(() => handle.close());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  if ((await readFile(file, "utf8")) === process) {
    await utimes(file, now, now);
    return true;
  }
  if (now.getTime() - (await stat(file)).mtimeMs < LEASE_MS) return false;
  await rm(file, { force: true });
  return holdFile(file, process);
}
