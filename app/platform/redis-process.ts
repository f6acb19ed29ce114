import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import { isLoopback } from "./loopback";

/**
 * The process id of Redis, if it is certainly a process of this machine: it listens on loopback, and the process with the id that it
 * names is a Redis. Null elsewhere: in a container Redis has another id, and so has one behind a tunnel. Rejects when Redis does not answer.
 */
export async function readRedisPid(redis: Redis): Promise<number | null> {
  if (!isLoopback(redis.options.host ?? "")) return null;
  const pid = Number(/^process_id:(\d+)/m.exec(await redis.info("server"))?.[1]);
  if (!pid) return null;
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return /(redis|valkey)-server/.test(command) && command.includes(`:${redis.options.port}`) ? pid : null;
  } catch {
    // There is no such process here, or no /proc to tell.
    return null;
  }
}
