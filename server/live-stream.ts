import { type Request, type Response, Router } from "express";
import { decide } from "../app/auth/permissions";
import type { Runtime } from "../app/runtime/create-runtime";
import type { Change } from "../app/telemetry/change-feed";

const HEARTBEAT_MS = 5000;
/** A stream ends after this long, ms, and the browser opens another: a user who has lost the permission is refused then. */
const LIFETIME_MS = 10 * 60_000;
/** The browser waits this long, ms, before it opens a stream again. */
const RETRY_MS = 1000;

/**
 * `GET /admin/live`: server-sent events that tell a page when there is something new to read, but not the numbers themselves,
 * which only the pages' loaders give out. It is an Express route rather than a Remix one, because a slot is freed when the
 * response closes, and Remix's request signal does not fire reliably.
 */
export function liveStream(runtime: Runtime): Router {
  const router = Router();
  router.get("/admin/live", async (request, response, next) => {
    try {
      const user = await runtime.sessions.userOf(request.headers.cookie);
      const decision = decide(user, "admin.view");
      if (decision === "log-in") return refuse(response, 401, "Log in to follow this page.");
      if (decision === "forbid")
        return refuse(response, 403, "Your account does not have permission to follow this page.");
      follow(runtime, request, response);
    } catch (error) {
      next(error);
    }
  });
  return router;
}

const refuse = (response: Response, status: number, why: string) => {
  response.status(status).type("text").send(why);
};

function follow({ changes }: Runtime, request: Request, response: Response) {
  // The client may have left while its session was looked up: a slot taken now would never be freed.
  if (response.destroyed || request.socket.destroyed) return;
  // Bytes for a client whose network is stuck must not pile up here: it misses a change and receives the next.
  const write = (text: string) => {
    if (!response.writableNeedDrain) response.write(text);
  };
  const stop = changes.subscribe(
    (found: Change[]) => write(`data: ${JSON.stringify({ changes: found })}\n\n`),
    () => response.end(),
  );
  if (!stop) {
    response.set("Retry-After", "30");
    return refuse(
      response,
      503,
      "Too many live connections. This page reloads its numbers every 10 seconds.",
    );
  }
  const heartbeat = setInterval(() => write(": still here\n\n"), HEARTBEAT_MS);
  const lifetime = setTimeout(() => response.end(), LIFETIME_MS);
  response.on("close", () => {
    clearInterval(heartbeat);
    clearTimeout(lifetime);
    stop();
  });
  response.set({
    "Content-Type": "text/event-stream; charset=utf-8",
    // `no-transform` keeps compression from gathering messages, and the other header does the same in nginx.
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
  });
  response.flushHeaders();
  response.write(`retry: ${RETRY_MS}\n: welcome\n\n`);
}
