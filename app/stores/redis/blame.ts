import type { Blame } from "~/tracker/offer-views";

/**
 * Tells from an error of Redis whether it may be about the views. A script's own failure may; every other reply (OOM, LOADING,
 * READONLY, …) and a missing reply are about the server.
 */
export function blameInRedis(error: unknown): Blame {
  const { name, message } = error as Error;
  return name === "ReplyError" && /^(ERR|WRONGTYPE)\b/.test(message) ? "unclear" : "away";
}
