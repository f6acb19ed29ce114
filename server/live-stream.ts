import { type Request, type Response, Router } from "express";
import { decide } from "../app/auth/permissions";
import {
  createLiveOverview,
  type Followed,
  type LiveOverview,
} from "../app/pages/overview/live/live-overview";
import { every } from "../app/platform/every";
import type { Runtime } from "../app/runtime/create-runtime";

/** A user who has logged out elsewhere or lost the permission is noticed within this time, ms. */
const CHECK_MS = 5000;
/** Streams of one user in this process: one person must not take the places of all others. */
const MAX_PER_USER = 8;
/** Selections of one connection besides the one in its address. */
const MAX_OTHERS = 7;
/** The browser waits this long, ms, before it opens a stream again. */
const RETRY_MS = 1000;

/**
 * `GET /admin/live`: server-sent events with the panels of the overview that have changed, for the range in the address. It is an
 * Express route rather than a Remix one, because a slot is freed when the response closes, and Remix's request signal does not fire
 * reliably.
 */
export function liveStream(runtime: Runtime, { checkMs = CHECK_MS } = {}): Router {
  const router = Router();
  const overview = createLiveOverview(runtime);
  const watch = watchSessions(runtime, checkMs);
  const places = createPlaces();
  router.get("/admin/live", async (request, response, next) => {
    try {
      const { cookie } = request.headers;
      const user = await runtime.sessions.userOf(cookie);
      const decision = decide(user, "admin.view");
      if (decision === "log-in") return refuse(response, 401, "Log in to follow this page.");
      if (decision === "set-up")
        return refuse(response, 403, "Set up a second factor on your account page to follow this page.");
      if (decision === "forbid" || !user || cookie === undefined) {
        const details = { userId: user?.id, permission: "admin.view", path: "/admin/live" };
        runtime.auth.security.record(response.locals.log ?? runtime.log, "forbidden", details);
        return refuse(response, 403, "Your account does not have permission to follow this page.");
      }
      if (places.areTaken(user.id))
        return refuseMore(response, 429, `You have ${MAX_PER_USER} live pages open.`);
      if (!follow(overview, request, response)) return;
      places.take(user.id, response);
      watch(cookie, response);
    } catch (error) {
      next(error);
    }
  });
  return router;
}

const refuse = (response: Response, status: number, why: string) => {
  response.status(status).type("text").send(why);
};

const refuseMore = (response: Response, status: number, why: string) =>
  refuse(response.set("Retry-After", "30"), status, `${why} This page reloads its numbers every 10 seconds.`);

/** Counts the open streams of each user. */
function createPlaces() {
  const taken = new Map<number, number>();
  return {
    areTaken: (userId: number) => (taken.get(userId) ?? 0) >= MAX_PER_USER,
    take(userId: number, response: Response) {
      taken.set(userId, (taken.get(userId) ?? 0) + 1);
      response.on("close", () => {
        const left = (taken.get(userId) ?? 1) - 1;
        if (left > 0) taken.set(userId, left);
        else taken.delete(userId);
      });
    },
  };
}

/**
 * Streams to the response until it closes: the selection in the address, and each one in a parameter `also`, under events of their own
 * (`also0`, `also1`), for a browser that shows several. @returns false if it was refused instead.
 */
function follow(overview: LiveOverview, request: Request, response: Response): boolean {
  // The client may have left while its session was looked up: a slot taken now would never be freed.
  if (response.destroyed || request.socket.destroyed) return false;
  const main = new URL(request.url, "http://localhost").searchParams;
  const others = main.getAll("also").map((query) => new URLSearchParams(query));
  if (others.length > MAX_OTHERS) {
    refuse(response, 400, `A connection follows up to ${MAX_OTHERS + 1} ranges.`);
    return false;
  }
  // The id that the browser names may be of any of several selections.
  const lastId = others.length === 0 ? request.headers["last-event-id"] : undefined;
  const followers = [
    createFollower(response, "", Number(lastId ?? main.get("since")) || 0),
    ...others.map((query, i) =>
      createFollower(response, `event: also${i}\n`, Number(query.get("since")) || 0),
    ),
  ];
  const followed: Followed[] = [];
  for (const [i, query] of [main, ...others].entries()) {
    const follower = followers[i];
    const one = follower && overview.follow(query, follower.since(), follower);
    if (!one) {
      for (const { stop } of followed) stop();
      refuseMore(response, 503, "Too many live connections.");
      return false;
    }
    followed.push(one);
  }
  response.on("drain", () => {
    for (const [i, one] of followed.entries()) {
      const since = followers[i]?.missedSince();
      if (since !== undefined) one.catchUp(since);
    }
  });
  response.on("close", () => {
    for (const { stop } of followed) stop();
  });
  response.set({
    "Content-Type": "text/event-stream; charset=utf-8",
    // `no-transform` keeps compression from gathering events, and the other header does the same in nginx.
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
  });
  response.flushHeaders();
  response.write(`retry: ${RETRY_MS}\n: welcome\n\n`);
  for (const follower of followers) follower.start();
  return true;
}

/** One selection of a stream. `head` is what its events start with; `since` is what the browser has, Unix ms. */
function createFollower(response: Response, head: string, since: number) {
  let opening: Buffer | null = null;
  let open = false;
  let behind = false;
  const write = (event: Buffer) => {
    if (head) response.write(head);
    response.write(event);
  };
  return {
    since: () => since,
    send(event: Buffer, readAt: number) {
      if (!open) {
        opening = event;
        since = readAt;
        return;
      }
      // Bytes for a client whose network is stuck must not pile up here: it gets what it missed in one event.
      behind = response.writableNeedDrain;
      if (behind) return;
      write(event);
      since = readAt;
    },
    end: () => response.end(),
    /** Sends what came before the response had begun. */
    start() {
      open = true;
      if (opening) write(opening);
    },
    /** Since when the browser lacks events that it could not receive; undefined if it has all. */
    missedSince: () => (behind ? since : undefined),
  };
}

/**
 * Ends the streams of users who have logged out or lost the permission: at once if this process ended their session, else at the next
 * check. The browser is refused when it opens another. One query checks all of them, and none runs without streams. While Postgres does not answer, streams stay open: they get nothing new either.
 */
function watchSessions({ sessions, log }: Runtime, checkMs: number) {
  const streams = new Map<Response, string>();
  let stop: (() => void) | null = null;

  async function check() {
    const open = [...streams];
    // A dashboard that is left open is not someone who uses it.
    const users = await sessions.usersOf(
      open.map(([, cookie]) => cookie),
      { idle: true },
    );
    for (const [place, [response]] of open.entries())
      if (decide(users[place] ?? null, "admin.view") !== "allow") response.end();
  }

  function watchAll(onError: (error: Error) => void) {
    const stopChecks = every(checkMs, check, onError, { firstAfterMs: checkMs });
    const stopListening = sessions.onEnded(() => void check().catch(onError));
    return () => {
      stopListening();
      void stopChecks();
    };
  }

  return (cookie: string, response: Response) => {
    streams.set(response, cookie);
    const onError = (error: Error) =>
      log.warn({ error: error.message }, "the sessions of open pages could not be checked");
    stop ??= watchAll(onError);
    response.on("close", () => {
      streams.delete(response);
      if (streams.size > 0) return;
      stop?.();
      stop = null;
    });
  };
}
