import type { RequestHandler } from "express";
import type { SecurityEvents } from "../app/auth/security-events";
import type { Env } from "../app/platform/env";
import { isSameOriginMutation } from "../app/platform/same-origin";
import { publicOrigin } from "../app/platform/site-origin";
import type { HostAnswer } from "./site-hosts";

/** Headers with which a proxy says what its client asked for. */
const FORWARDED = ["x-forwarded-host", "x-forwarded-port", "x-forwarded-proto"];

/**
 * Removes what clients, rather than a trusted proxy, may have written into forwarding headers. Remix makes addresses of
 * `X-Forwarded-Host` without asking whether there is a proxy.
 */
export function trustForwarding(
  { TRUST_PROXY }: Pick<Env, "TRUST_PROXY">,
  hostOf: (host: string | undefined) => HostAnswer,
): RequestHandler {
  return ({ headers }, _response, next) => {
    const [host] = String(headers["x-forwarded-host"] ?? "").split(",", 1);
    if (TRUST_PROXY === 0) for (const name of FORWARDED) delete headers[name];
    else if (hostOf(host?.trim()) !== "ours") delete headers["x-forwarded-host"];
    next();
  };
}

/** Refuses, and records, requests that would change something and that another site sent, according to the browser. */
export function refuseOtherSites(env: Pick<Env, "PUBLIC_URL">, security: SecurityEvents): RequestHandler {
  const origin = publicOrigin(env);
  return (request, response, next) => {
    const { method, path, headers } = request;
    if (!isSameOriginMutation(method, headers, origin)) {
      security.record(response.locals.log, "cross-site", { method, path });
      response.status(403).type("text").send("This request came from another site, so it was refused.");
      return;
    }
    // It has been checked. Remix would compare it with Host, which a proxy may have replaced.
    delete request.headers.origin;
    next();
  };
}
