import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Forwarding } from "../app/platform/forwarding";
import type { Logger } from "../app/platform/logger";
import { REQUEST_ID, requestIdOf } from "../app/platform/request-id";
import { isCanonicalPath } from "./canonical-path";
import type { HostAnswer } from "./site-hosts";

/** The endpoints for programs are asked by other names, too: that of a container, an address, or none at all with HTTP/1.0. */
const MACHINE_PATH = /^\/(?:healthz|readyz|metrics)(?:\?|$)/;
/** A name that this site does not answer to is logged at most this often, ms. */
const LOG_EVERY_MS = 60_000;

const BAD_PATH =
  "This address is not in its canonical form (no . or .. segments, no backslashes, valid percent-encoding), so it was refused. Open the site's first page instead.";
const BAD_HOST = "The Host header of this request is not a host name, so it was refused.";
const FOREIGN_HOST =
  'This site does not answer to the name in the Host header. If it should, set PUBLIC_URL to the address that readers use; the README says more under "Behind a proxy".';

export interface FrontDoorParts {
  hostOf(host: string | undefined): HostAnswer;
  forwarding: Forwarding;
  /** How many proxies are trusted. */
  hops: number;
  log: Logger;
}

/**
 * Stands in front of everything: a request that passes names this site and has a path that all parsers read alike. Whatever looks at
 * paths or hosts later can rely on that. It rewrites nothing.
 */
export function frontDoor(
  { hostOf, forwarding, hops, log }: FrontDoorParts,
  next: RequestListener,
): RequestListener {
  let loggedAt = Number.NEGATIVE_INFINITY;

  function noteForeign(host: string) {
    if (performance.now() - loggedAt < LOG_EVERY_MS) return;
    loggedAt = performance.now();
    log.warn(
      { host: host.slice(0, 100) },
      "requests for another host are refused: only PUBLIC_URL's and this machine's names are answered",
    );
  }

  return (request, response) => {
    const { url = "", headers } = request;
    const refuse = (text: string) => answerText(request, response, { status: 400, text, hops });
    if (!isCanonicalPath(url)) return refuse(BAD_PATH);
    const host = hostOf(headers.host);
    if (host !== "ours") {
      const isMachine = MACHINE_PATH.test(url) && (host === "foreign" || headers.host === undefined);
      if (!isMachine && host === "foreign") noteForeign(String(headers.host));
      if (!isMachine) return refuse(host === "foreign" ? FOREIGN_HOST : BAD_HOST);
      return next(request, response);
    }
    if (!MACHINE_PATH.test(url)) forwarding.note(headers);
    next(request, response);
  };
}

/** Answers with one line of text, ahead of Express. */
export function answerText(
  request: IncomingMessage,
  response: ServerResponse,
  { status, text, hops }: { status: number; text: string; hops: number },
): void {
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    [REQUEST_ID]: requestIdOf(request.headers, hops),
  });
  response.end(request.method === "HEAD" ? undefined : text);
}
