import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { clientAddress } from "~/platform/client-address";
import type { InFlight } from "~/platform/in-flight";
import type { Logger } from "~/platform/logger";
import { REQUEST_ID, requestIdOf } from "~/platform/request-id";
import { isSameOriginMutation } from "~/platform/same-origin";
import { notCounted } from "~/tracker/outcome";
import {
  answerPost,
  type CountView,
  collectBody,
  decodeSegment,
  encodeAnswer,
  PAGE_METHODS,
  refusal,
  STORY_PATH,
  type ViewAnswer,
} from "./view-request";

const VIEW_PATH = /^\/story\/([^/?#]{1,300})(?:\/chapter\/([^/?#]{1,10}))?\/?(?:\?.*)?$/;

export interface ViewEndpointParts {
  countView: CountView;
  /** Holds a process that stops until the views of readers who have hung up are counted as well. */
  inFlight: InFlight;
  log: Logger;
  /** How many proxies in front of the site are trusted to write `X-Forwarded-For`. */
  trustedProxies: number;
  /** The origin of PUBLIC_URL. */
  siteOrigin?: string;
}

/**
 * Handles views before Express and Remix see them: it counts just as the story routes' actions do (view-action), without the
 * cost of a web framework per view. Everything that is not a POST to a story or chapter goes to `next`. It expects a request
 * that the front door (server/front-door.ts) has let in.
 */
export function viewEndpoint(parts: ViewEndpointParts, next: RequestListener): RequestListener {
  return (request, response) => {
    const { method = "", url = "" } = request;
    // No page uses other methods. Remix would treat OPTIONS as GET, and cannot build a Request for TRACE.
    if (method === "TRACE" || (!PAGE_METHODS.includes(method) && STORY_PATH.test(url)))
      return send(response, requestIdOf(request.headers, parts.trustedProxies), refusal(405));
    const path = method === "POST" ? VIEW_PATH.exec(url) : null;
    if (!path) return next(request, response);
    const requestId = requestIdOf(request.headers, parts.trustedProxies);
    parts.inFlight.track(answerView(parts, request, requestId, path)).then(
      (answer) => send(response, requestId, answer),
      (error: Error) => {
        parts.log.error({ requestId, error: error.message }, "a view request failed");
        send(response, requestId, { status: 500, outcome: notCounted("unavailable") });
      },
    );
  };
}

async function answerView(
  { countView, trustedProxies, siteOrigin }: ViewEndpointParts,
  request: IncomingMessage,
  requestId: string,
  [, slug = "", chapter]: RegExpExecArray,
): Promise<ViewAnswer> {
  const { headers } = request;
  if (!isSameOriginMutation("POST", headers, siteOrigin)) return refusal(403);
  return answerPost(countView, {
    requestId,
    slug: decodeSegment(slug),
    chapter,
    body: await readBody(request),
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    address: clientAddress(request, trustedProxies),
  });
}

/** Uses events, which cost less than an iterator. A client that hangs up halfway is still counted. */
function readBody(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const body = collectBody();
    const finish = () => resolve(body.text());
    request.on("data", (piece: Buffer) => {
      if (!body.add(piece)) finish();
    });
    request.on("end", finish);
    request.on("aborted", finish);
    request.on("error", reject);
  });
}

function send(response: ServerResponse, requestId: string, answer: ViewAnswer) {
  const { headers, body } = encodeAnswer(answer);
  headers[REQUEST_ID] = requestId;
  headers["Content-Length"] = String(Buffer.byteLength(body));
  response.writeHead(answer.status, headers).end(body);
}
