import { randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** The header that carries a request's id, both ways. */
export const REQUEST_ID = "X-Request-Id";

/** Differs from process to process, so that a number is enough for each request. */
const prefix = randomBytes(9).toString("hex");
let requests = 0;

/**
 * A request's id, which goes into its response and into every log line about it, so that a reader's complaint can be found in the
 * logs. An id from a proxy is kept if it is plain: 8 to 64 letters, digits, hyphens and underscores. Without a trusted proxy
 * (`hops` is 0) the id would be a client's, who could give many requests the same one.
 *
 * It is passed on by hand. On Node 20 and 22, an AsyncLocalStorage makes every promise of the process dearer, those of counting too.
 */
export function requestIdOf(headers: IncomingHttpHeaders, hops: number): string {
  const given = headers["x-request-id"];
  if (hops > 0 && typeof given === "string" && /^[\w-]{8,64}$/.test(given)) return given;
  requests += 1;
  return `${prefix}-${requests.toString(36)}`;
}
