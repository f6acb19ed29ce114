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

  // Every view passes here, so the usual way through creates nothing.
  return (request, response) => {
    const { url = "", headers } = request;
    if (!isCanonicalPath(url)) return answerText(request, response, { status: 400, text: BAD_PATH, hops });
    const host = hostOf(headers.host);
    const isMachine = MACHINE_PATH.test(url);
    if (host === "ours") {
      // Probes go past the proxies.
      if (!isMachine) forwarding.note(headers);
      return next(request, response);
    }
    if (isMachine && (host === "foreign" || headers.host === undefined)) return next(request, response);
    if (host === "foreign") noteForeign(String(headers.host));
    const text = host === "foreign" ? FOREIGN_HOST : BAD_HOST;
    answerText(request, response, { status: 400, text, hops });
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
