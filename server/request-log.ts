import type { RequestHandler } from "express";
import { loggedPath } from "../app/platform/logged-path";
import { REQUEST_ID, requestIdOf } from "../app/platform/request-id";
import type { Runtime } from "../app/runtime/create-runtime";

/** Gives the request its id (`response.locals.requestId`), and a log that names it (`response.locals.log`). */
export function identifyRequests(runtime: Runtime): RequestHandler {
  return (request, response, next) => {
    const requestId = requestIdOf(request.headers, runtime.env.TRUST_PROXY);
    response.setHeader(REQUEST_ID, requestId);
    response.locals.requestId = requestId;
    response.locals.log = runtime.log.child({ requestId });
    next();
  };
}

/** One line per request, without its query, at level debug, as there are many. Failures are logged where they happen. */
export const logRequests: RequestHandler = (request, response, next) => {
  const startedAt = performance.now();
  const { method } = request;
  const path = loggedPath(request.path);
  response.on("finish", () => {
    const ms = Math.round(performance.now() - startedAt);
    response.locals.log.debug({ method, path, status: response.statusCode, ms }, "request");
  });
  next();
};
