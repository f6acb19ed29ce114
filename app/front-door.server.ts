import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import proxyaddr from "proxy-addr";
import { chapterNumber, MOST_BODY, outcomeHeader, referrerIn } from "./count-view.server";
import { mayChange } from "./platform/same-origin";
import type { Runtime } from "./runtime.server";
import { notCounted, type Outcome } from "./tracker/outcome";

const VIEW_PATH = /^\/story\/([^/?#]{1,300})(?:\/chapter\/([^/?#]{1,10}))?\/?(?:\?.*)?$/;

/**
 * Answers views before Express and Remix see them: the same counting as the story routes' actions (count-view.server.ts),
 * without the cost of a web framework a view. Everything that is no POST to a story goes on to `next`.
 */
export function frontDoor(runtime: Runtime, next: RequestListener): RequestListener {
  const hops = runtime.env.TRUST_PROXY;
  return (request, response) => {
    const path = request.method === "POST" ? VIEW_PATH.exec(request.url ?? "") : null;
    if (!path) return next(request, response);
    count(runtime, hops, request, path).then(
      ({ status, outcome }) => send(response, status, outcome),
      (error: Error) => {
        runtime.log.error({ error: error.message }, "a view request broke");
        send(response, 500, notCounted("unavailable"));
      },
    );
  };
}

async function count(runtime: Runtime, hops: number, request: IncomingMessage, path: RegExpExecArray) {
  if (!mayChange("POST", request.headers)) return { status: 403, outcome: notCounted("refused") };
  const body = await readBody(request);
  if (body === null) return { status: 413, outcome: notCounted("refused") };
  const slug = decode(path[1] ?? "");
  const chapter = path[2] === undefined ? undefined : chapterNumber(path[2]);
  if (slug === null || chapter === null) return { status: 404, outcome: notCounted("unknown-target") };
  const { headers } = request;
  return runtime.countView({
    slug,
    chapter,
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    address: proxyaddr(request, (_address, hop) => hop < hops),
    referrer: referrerIn(body),
  });
}

function decode(text: string) {
  try {
    const decoded = decodeURIComponent(text);
    // Postgres refuses NUL in text, so no story can be called that.
    return decoded.includes("\0") ? null : decoded;
  } catch {
    return null;
  }
}

/** The body as text, or null when it is longer than a beacon's can be; the rest is not read then. */
function readBody(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      text += chunk;
      if (text.length > MOST_BODY) {
        request.pause();
        resolve(null);
      }
    });
    request.on("end", () => resolve(text));
    request.on("error", reject);
    request.on("aborted", () => resolve(text));
  });
}

function send(response: ServerResponse, status: number, outcome: Outcome) {
  const body = JSON.stringify(outcome);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    "X-Tidemark-Outcome": outcomeHeader(outcome),
    "Cache-Control": "no-store",
    // The rest of an oversized body is not waited for.
    ...(status === 413 && { Connection: "close" }),
  });
  response.end(body);
}
