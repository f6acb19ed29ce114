import { createHmac } from "node:crypto";
import { MemoryStore, type Options, type Store } from "express-rate-limit";
import { LRUCache } from "lru-cache";
import { addLogInTry, removeLogInTry } from "../app/auth/log-in-tries";
import type { Runtime } from "../app/runtime/create-runtime";
import { dayOf } from "../app/tracker/window";

export type LogInCounterSources = Pick<Runtime, "pools" | "salts" | "log">;

/** Clients beyond the limit that a process remembers. */
const MAX_BLOCKED = 10_000;

/**
 * Counts log-ins in Postgres, where the accounts and the sessions are, so that all web processes count together. An address is
 * stored as a hash under the day's salt, which is deleted later; a new salt, at midnight, starts every count again.
 */
export function createLogInCounter(
  { pools, salts, log }: LogInCounterSources,
  { windowMs, limit }: { windowMs: number; limit: number },
): Store {
  /**
   * A client beyond the limit writes nothing more until its window ends. Otherwise one that sends log-ins without end would hold
   * the pages' connections, all of them waiting for its row.
   */
  const blocked = new LRUCache<string, Date>({ max: MAX_BLOCKED });
  /** Counts while Postgres does not: a log-in fails then, but the table alone may be out of order. */
  const fallback = new MemoryStore();

  async function clientOf(address: string): Promise<Buffer> {
    const today = dayOf(Date.now());
    await salts.ready(today);
    return createHmac("sha256", salts.of(today)).update(`log-in ${address}`).digest();
  }
  const report = (error: Error) =>
    log.warn({ error: error.message }, "a log-in was counted in this process only");

  return {
    init: (options: Options) => fallback.init(options),
    async increment(address) {
      const until = blocked.get(address);
      if (until && until > new Date()) return { totalHits: limit + 1, resetTime: until };
      try {
        const { tries, resetAt } = await addLogInTry(pools.pages, await clientOf(address), windowMs);
        if (tries > limit) blocked.set(address, resetAt);
        return { totalHits: tries, resetTime: resetAt };
      } catch (error) {
        report(error as Error);
        return fallback.increment(address);
      }
    },
    async decrement(address) {
      await clientOf(address)
        .then((client) => removeLogInTry(pools.pages, client))
        .catch(report);
    },
    resetKey: async (address) => void blocked.delete(address),
  };
}
