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
import { loggedPath } from "~/platform/logged-path";
import { GuardedPanels } from "~/ui/panel-boundary";
import { Nonce } from "~/ui/shell/nonce";
import { renderRemembered } from "~/ui/shell/render-remembered";

/** Deferred data that takes longer, ms, is abandoned. React is aborted a second later, so that the page can say so. */
const DATA_TIMEOUT = 5_000;

/**
 * Renders a page, some only once (render-remembered.tsx). If a part of it fails, the page is rendered again with every part guarded
 * (panel-boundary.tsx), so that a bad row costs a panel and not the page.
 */
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
  const page: PageToRender = { request, remixContext, log, nonce: cspNonce };
  try {
    const remembered = renderRemembered(remixContext, request.url, cspNonce);
    return new Response(remembered ?? (await renderPage(page, false)), { headers, status });
  } catch (error) {
    log.error(
      { err: error, path: loggedPath(new URL(request.url).pathname) },
      "a part of a page could not be rendered",
    );
    return new Response(await renderPage(page, true), { headers, status });
  }
}

interface PageToRender {
  request: Request;
  remixContext: EntryContext;
  log: AppLoadContext["log"];
  nonce: string;
}

/** Renders a page as a stream; robots, which may not run scripts, get it in one piece. Rejects when the page fails outside its parts. */
function renderPage({ request, remixContext, log, nonce }: PageToRender, guarded: boolean) {
  const ready = isbot(request.headers.get("User-Agent")) ? "onAllReady" : "onShellReady";
  return new Promise<ReadableStream>((resolve, reject) => {
    let started = false;
    const { pipe, abort } = renderToPipeableStream(
      <GuardedPanels.Provider value={guarded}>
        <Nonce.Provider value={nonce}>
          <RemixServer context={remixContext} url={request.url} abortDelay={DATA_TIMEOUT} nonce={nonce} />
        </Nonce.Provider>
      </GuardedPanels.Provider>,
      {
        nonce,
        // However long they are, parts stay in their place: a browser without scripts could not put them there.
        progressiveChunkSize: Number.POSITIVE_INFINITY,
        [ready]() {
          started = true;
          const body = new PassThrough();
          resolve(createReadableStreamFromReadable(body));
          pipe(body);
        },
        onShellError: reject,
        onError(error) {
          // Errors before are those of the shell, which reject this promise, or those of a part, which are logged already.
          if (started && !request.signal.aborted)
            log.error(
              { err: error, path: loggedPath(new URL(request.url).pathname) },
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
  context.log.error({ err: error, method: request.method, path: loggedPath(pathname) }, "a page failed");
}
