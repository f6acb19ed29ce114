import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { RequestListener } from "node:http";

const current = new AsyncLocalStorage<string>();

/** The id of the request that this code runs for; undefined outside a request. Every log line contains it. */
export const requestId = () => current.getStore();

/**
 * Gives every request an id and returns it to the client (`X-Request-Id`), so that a reader's complaint can be found in the logs.
 * An id from a proxy is kept if it is plain: 8 to 64 letters, digits, hyphens and underscores.
 */
export function withRequestId(next: RequestListener): RequestListener {
  return (request, response) => {
    const given = request.headers["x-request-id"];
    const id = typeof given === "string" && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
    response.setHeader("X-Request-Id", id);
    current.run(id, () => next(request, response));
  };
}
