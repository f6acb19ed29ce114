import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { encodeAnswer, refusal, STORY_PATH, MAX_BODY_BYTES as VIEW_BYTES } from "../app/ingest/view-request";
import { REQUEST_ID, requestIdOf } from "../app/platform/request-id";

/** The most bytes of a posted form: the longest has a few hundred characters per field. */
const FORM_BYTES = 16 * 1024;

/** The most bytes of a refused body that are read and discarded, and for how long, ms: a client that is still sending when the connection closes never reads the answer. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;
const DISCARD_MS = 2000;

const limitOf = (path: string) => (STORY_PATH.test(path) ? VIEW_BYTES : FORM_BYTES);

/**
 * Bounds the body of every request, whatever its path and method. A longer one that says so is refused before it is read; one in
 * chunks, which does not, is read up to the limit before anything else sees the request. `hops`: how many proxies are trusted.
 */
export function limitBodies(hops: number, next: RequestListener): RequestListener {
  return (request, response) => {
    const { headers, url = "" } = request;
    const limit = limitOf(url);
    const refuse = () => refuseBody(request, response, limit, hops);
    if (Number(headers["content-length"] ?? 0) > limit) return refuse();
    if (headers["transfer-encoding"] === undefined) return next(request, response);
    readAhead(request, limit, (result) => {
      if (result === "fits") next(request, response);
      else if (result === "longer") refuse();
      else response.destroy();
    });
  };
}

/**
 * Reads a body to its end and puts it back, then calls `done`, once: before "end" is emitted, as those who listen for it later would wait
 * for ever. A body that is longer than the limit is reported at once.
 */
function readAhead(
  request: IncomingMessage,
  limit: number,
  done: (result: "fits" | "longer" | "gone") => void,
) {
  const pieces: Buffer[] = [];
  let bytes = 0;
  const finish = (result: "fits" | "longer" | "gone") => {
    request.off("readable", read).off("error", gone).off("close", gone);
    done(result);
  };
  const gone = () => finish("gone");
  const read = () => {
    for (let piece = request.read(); piece !== null; piece = request.read()) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > limit) return finish("longer");
    }
    if (!request.complete) return;
    if (bytes > 0) request.unshift(Buffer.concat(pieces));
    finish("fits");
  };
  request.on("readable", read).on("error", gone).on("close", gone);
}

/** Answers 413 at once, and closes the connection when the client has stopped sending. */
function refuseBody(request: IncomingMessage, response: ServerResponse, limit: number, hops: number) {
  const answer = STORY_PATH.test(request.url ?? "")
    ? encodeAnswer(refusal(413))
    : {
        headers: { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" },
        body: `This request has more than ${limit / 1024} KB, the most that this address takes, so it was refused. Shorten it and send it again.`,
      };
  response.writeHead(413, {
    ...answer.headers,
    "Content-Length": Buffer.byteLength(answer.body),
    "X-Content-Type-Options": "nosniff",
    Connection: "close",
    [REQUEST_ID]: requestIdOf(request.headers, hops),
  });
  response.write(answer.body);
  let discarded = 0;
  const close = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(close, DISCARD_MS);
  request.on("data", (piece: Buffer) => {
    discarded += piece.length;
    if (discarded > MAX_DISCARDED_BYTES) close();
  });
  request.on("end", close).on("close", close).on("error", close);
  request.resume();
}
