import { PassThrough } from "node:stream";
import {
  type ActionFunctionArgs,
  type AppLoadContext,
  createReadableStreamFromReadable,
  type EntryContext,
  type LoaderFunctionArgs,
} from "@remix-run/node";
import { isRouteErrorResponse, RemixServer } from "@remix-run/react";
import { isbot } from "isbot";
import { renderToPipeableStream } from "react-dom/server";
import { Nonce } from "~/ui/shell/nonce";
import { renderRemembered } from "~/ui/shell/render-remembered";

/** Deferred data that takes longer, ms, is abandoned. React is aborted a second later, so that the page can say so. */
const DATA_TIMEOUT = 5_000;

/** Renders a page as a stream; robots, which may not run scripts, get it in one piece. Some pages are rendered only once. */
export default async function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  remixContext: EntryContext,
  { log, cspNonce }: AppLoadContext,
): Promise<Response> {
  headers.set("Content-Type", "text/html; charset=utf-8");
  // Pages may be one person's; readers' pages say themselves that a browser may keep them.
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "private, no-store");
  const remembered = renderRemembered(remixContext, request.url, cspNonce);
  if (remembered !== null) return new Response(remembered, { headers, status });

  const ready = isbot(request.headers.get("User-Agent")) ? "onAllReady" : "onShellReady";
  return new Promise((resolve, reject) => {
    let started = false;
    let failed = false;
    const { pipe, abort } = renderToPipeableStream(
      <Nonce.Provider value={cspNonce}>
        <RemixServer context={remixContext} url={request.url} abortDelay={DATA_TIMEOUT} nonce={cspNonce} />
      </Nonce.Provider>,
      {
        nonce: cspNonce,
        [ready]() {
          started = true;
          const body = new PassThrough();
          resolve(
            new Response(createReadableStreamFromReadable(body), { headers, status: failed ? 500 : status }),
          );
          pipe(body);
        },
        onShellError: reject,
        onError(error) {
          failed = true;
          // Errors before the shell reject this promise, and arrive in handleError below.
          if (started && !request.signal.aborted)
            log.error(
              { err: error, path: new URL(request.url).pathname },
              "a page failed while it was being sent",
            );
        },
      },
    );
    const timer = setTimeout(abort, DATA_TIMEOUT + 1_000);
    timer.unref();
  });
}

/** Logs every error of a loader, an action or the shell. A reader who left is not an error, nor is a 4xx. */
export function handleError(
  error: unknown,
  { request, context }: LoaderFunctionArgs | ActionFunctionArgs,
): void {
  if (request.signal.aborted || (isRouteErrorResponse(error) && error.status < 500)) return;
  const { pathname } = new URL(request.url);
  context.log.error({ err: error, method: request.method, path: pathname }, "a page failed");
}
