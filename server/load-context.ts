import type { GetLoadContextFunction } from "@remix-run/express";
import { clientAddress } from "../app/platform/client-address";
import type { Logger } from "../app/platform/logger";
import type { Runtime } from "../app/runtime/create-runtime";

declare module "@remix-run/node" {
  /** The `context` of every loader and action, created for each request. */
  interface AppLoadContext {
    runtime: Runtime;
    requestId: string;
    /** For lines about this request: each has its id. */
    log: Logger;
    /** The client's address behind TRUST_PROXY trusted proxies. */
    address: string;
    /** Nonce of this response's Content-Security-Policy; every inline script has it. */
    cspNonce: string;
  }
}

/** Builds the context of a request from the values that the middleware before Remix left in `response.locals`. */
export const createLoadContext =
  (runtime: Runtime): GetLoadContextFunction =>
  (request, response) => ({
    runtime,
    requestId: response.locals.requestId as string,
    log: response.locals.log as Logger,
    address: clientAddress(request, runtime.env.TRUST_PROXY),
    cspNonce: response.locals.cspNonce as string,
  });
