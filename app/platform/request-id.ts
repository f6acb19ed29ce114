import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { RequestListener } from "node:http";

const current = new AsyncLocalStorage<string>();

/** The id of the request that this code runs for, or undefined outside of one. Every log line carries it. */
export const requestId = () => current.getStore();

/**
 * Gives every request an id and answers with it (`X-Request-Id`), so that a reader's complaint can be found in the logs. An id
 * that a proxy sent is kept if it is a plain one.
 */
export function withRequestId(next: RequestListener): RequestListener {
  return (request, response) => {
    const given = request.headers["x-request-id"];
    const id = typeof given === "string" && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
    response.setHeader("X-Request-Id", id);
    current.run(id, () => next(request, response));
  };
}
