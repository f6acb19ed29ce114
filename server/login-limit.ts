import type { RequestHandler } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import { decodeSegment } from "../app/ingest/view-request";
import { clientAddress } from "../app/platform/client-address";
import { createLogInCounter, type LogInCounterSources } from "./log-in-counter";

/** Failed log-ins per address in a quarter of an hour, over all web processes; successful ones do not count. */
const LOGIN_TRIES = { windowMs: 15 * 60_000, limit: 10 };

/**
 * Counts failed log-ins per address. Beyond the limit it leaves the seconds to wait in `response.locals.logInWaitSeconds`, and
 * the log-in page tells the reader. `hops`: how many proxies are trusted.
 */
export function loginLimit(hops: number, sources: LogInCounterSources): RequestHandler {
  return rateLimit({
    ...LOGIN_TRIES,
    store: createLogInCounter(sources, LOGIN_TRIES),
    // Remix decodes paths before it matches them, so `/%6Cogin` is a log-in too.
    skip: ({ method, path }) => method !== "POST" || !/^\/+login\/?$/i.test(decodeSegment(path) ?? path),
    // A whole /56 of IPv6 counts as one address: a single home can have that many.
    keyGenerator: (request) => ipKeyGenerator(clientAddress(request, hops)),
    // Its checks of requests would write addresses to the log.
    validate: false,
    skipSuccessfulRequests: true,
    standardHeaders: true,
    legacyHeaders: false,
    handler: (_request, response, next, { windowMs }) => {
      const resetAt = Number(response.getHeader("RateLimit-Reset"));
      // The page sets it; Remix would add a second value.
      response.removeHeader("Retry-After");
      response.locals.logInWaitSeconds = resetAt > 0 ? resetAt : windowMs / 1000;
      next();
    },
  });
}
