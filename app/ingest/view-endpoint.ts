import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { clientAddress } from "~/platform/client-address";
import type { Logger } from "~/platform/logger";
import { isSameOriginMutation } from "~/platform/same-origin";
import { notCounted, type Outcome } from "~/tracker/outcome";
import {
  type CountView,
  chapterNumber,
  MAX_BODY_BYTES,
  MAX_DISCARDED_BYTES,
  outcomeHeader,
  referrerIn,
} from "./count-view";

const VIEW_PATH = /^\/story\/([^/?#]{1,300})(?:\/chapter\/([^/?#]{1,10}))?\/?(?:\?.*)?$/;

const STORY = /^\/+story\//i;
const SPOKEN = new Set(["GET", "HEAD", "POST"]);

export interface ViewEndpointParts {
  countView: CountView;
  log: Logger;
  /** Proxies in front of the site whose `X-Forwarded-For` entries are believed. */
  trustedProxies: number;
}

/**
 * Answers views before Express and Remix see them: the same counting as the story routes' actions (count-view.server.ts),
 * without the cost of a web framework a view. Everything that is no POST to a story goes on to `next`.
 */
export function viewEndpoint(parts: ViewEndpointParts, next: RequestListener): RequestListener {
  return (request, response) => {
    const { method = "", url = "" } = request;
    // Remix makes one URL of these two, and cannot answer when it is none.
    if (!URL.canParse(`http://${request.headers.host}${url}`))
      return send(response, 400, notCounted("refused"));
    // No page speaks these; Remix would take OPTIONS for GET, and cannot even make a Request of TRACE.
    if (method === "TRACE" || (!SPOKEN.has(method) && STORY.test(url)))
      return send(response, 405, notCounted("refused"));
    const path = method === "POST" ? VIEW_PATH.exec(url) : null;
    if (!path) return next(request, response);
    count(parts, request, path).then(
      ({ status, outcome }) => send(response, status, outcome),
      (error: Error) => {
        parts.log.error({ error: error.message }, "a view request broke");
        send(response, 500, notCounted("unavailable"));
      },
    );
  };
}

async function count(parts: ViewEndpointParts, request: IncomingMessage, path: RegExpExecArray) {
  if (!isSameOriginMutation("POST", request.headers)) return { status: 403, outcome: notCounted("refused") };
  const body = await readBody(request);
  if (body === null) return { status: 413, outcome: notCounted("refused") };
  const slug = decode(path[1] ?? "");
  const chapter = path[2] === undefined ? undefined : chapterNumber(path[2]);
  if (slug === null || chapter === null) return { status: 404, outcome: notCounted("unknown-target") };
  const { headers } = request;
  return parts.countView({
    slug,
    chapter,
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    address: clientAddress(request, parts.trustedProxies),
    referrer: referrerIn(body),
  });
}

function decode(text: string) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/**
 * The body as text, or null when it is longer than a beacon's can be. The rest is then read and thrown away: who is still
 * sending when the connection closes never reads the answer.
 */
function readBody(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    request.on("data", (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= MAX_BODY_BYTES) pieces.push(piece);
      else if (bytes > MAX_DISCARDED_BYTES) resolve(null);
    });
    const whole = () => resolve(bytes > MAX_BODY_BYTES ? null : Buffer.concat(pieces).toString());
    request.on("end", whole);
    request.on("aborted", whole);
    request.on("error", reject);
  });
}

function send(response: ServerResponse, status: number, outcome: Outcome) {
  const body = JSON.stringify(outcome);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    "X-Tidemark-Outcome": outcomeHeader(outcome),
    "Cache-Control": "no-store",
    // Whatever is left of an endless body is not waited for.
    ...(status === 413 && { Connection: "close" }),
    ...(status === 405 && { Allow: [...SPOKEN].join(", ") }),
  });
  response.end(body);
}
