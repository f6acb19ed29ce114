import type { RequestHandler } from "express";
import { loggedPath } from "../app/platform/logged-path";
import type { Tracing } from "../app/platform/tracing/tracing";

/**
 * A span for each page that Remix answers. A `traceparent` that a request brings is not followed: it would let anyone decide what is
 * sampled. The path is told without its query, which may hold what a person typed.
 */
export const traceRequests =
  (tracing: Tracing): RequestHandler =>
  (request, response, next) => {
    const console = request.path.startsWith("/admin") || request.path.startsWith("/editor");
    void tracing.span(
      console ? "console page" : "page",
      () =>
        new Promise<void>((resolve) => {
          response.once("close", resolve);
          next();
        }),
      { facts: { "http.request.method": request.method, "url.path": loggedPath(request.path) } },
    );
  };
