import type { Queue } from "bullmq";
import express, {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  Router,
} from "express";
import { can, decide, logInPath, SET_UP_PATH } from "../app/auth/permissions";
import type { Runtime } from "../app/runtime/create-runtime";
import { auditChange, findChange, readReason } from "./queue-board-changes";
import { answerInTime, boardError, refuseUnreachable, UNREACHABLE } from "./queue-board-outage";
import { adaptPage, BOARD_SETTINGS, OCCURRING_STATES } from "./queue-board-theme";

/** The page on the queue, which Remix serves, and bull-board below it. */
const PAGE = "/admin/queues";
const MOUNT = `${PAGE}/board`;
/** What bull-board had directly under the page in earlier versions: links to jobs, and programs that ask its API. */
const FORMER = /^\/(api|queue|job-schedulers|static)(\/|$)/;
const READING = ["GET", "HEAD"];
const NOT_HERE =
  "The board retries, promotes and cleans jobs, and nothing else. Nothing was changed. The Sync page pauses the sync, runs it and sets its interval.";

/**
 * bull-board behind the same permissions as every other page, for every path and method under it. People who may see the queues
 * but not change them get a board without buttons, and 405 for every other method. The changes of `findChange` are made with a
 * reason and audited; all others are refused with 405. Its API answers 503 while Redis does not answer; its page needs no Redis, says
 * so and tries again. bull-board is loaded when it is first requested, because few processes ever show it and each would start
 * later for it.
 */
export function queueBoard(runtime: Runtime, may: typeof can = can): Router {
  const boards: Partial<Record<"changing" | "reading", RequestHandler>> = {};
  const router = Router();

  router.use(PAGE, async (request: Request, response: Response, next: NextFunction) => {
    const former = FORMER.test(request.path);
    if (!former && !/^\/board(\/|$)/.test(request.path)) return next();
    try {
      const user = await runtime.sessions.userOf(request.headers.cookie);
      const decision = decide(user, "queues.view", may);
      if (decision === "log-in") return response.redirect(302, logInPath(request.originalUrl));
      if (decision === "set-up") return response.redirect(302, SET_UP_PATH);
      if (decision === "forbid" || !user) {
        const { method } = request;
        const path = request.baseUrl + request.path;
        const details = { userId: user?.id, permission: "queues.view", method, path };
        runtime.auth.security.record(response.locals.log ?? runtime.log, "forbidden", details);
        return response
          .status(403)
          .type("text")
          .send("Your account does not have permission to see the queues.");
      }
      // With 308 a program's PUT stays one.
      if (former) return response.redirect(308, MOUNT + request.url);
      next();
    } catch (error) {
      next(error);
    }
  });

  router.use(MOUNT, async (request: Request, response: Response, next: NextFunction) => {
    try {
      // Whoever gets here may see the queues.
      const user = await runtime.sessions.userOf(request.headers.cookie);
      if (!user) return response.redirect(302, logInPath(request.originalUrl));
      const reading = READING.includes(request.method);
      const changes = may(user.role, "queues.change");
      if (!reading && !changes)
        return response
          .status(405)
          .set("Allow", READING.join(", "))
          .type("text")
          .send("Your account may view the queues, but not change them.");
      const change = reading ? null : findChange(request.method, request.path);
      const reason = change && readReason(request);
      if (!reading && !change)
        return response.status(405).set("Allow", READING.join(", ")).json(refusal(NOT_HERE));
      if (change && !reason)
        return response
          .status(422)
          .json(refusal("Nothing was changed. Say why in a few words, for the audit log."));
      const queue = runtime.queue.queue();
      // The page itself says that there are no queues.
      if (!queue) return response.redirect(302, PAGE);
      if (request.path.startsWith("/api/") && !(await runtime.queue.answers()))
        return refuseUnreachable(response, UNREACHABLE);
      const kind = changes ? "changing" : "reading";
      const board = boards[kind] ?? (await makeBoard(queue, kind === "reading"));
      boards[kind] = board;
      if (change && reason) {
        // Read here rather than by bull-board, so that the audit has it.
        await readBody(request, response);
        await auditChange(runtime, user, { request, response }, change, reason);
      }
      adaptPage(response);
      answerInTime(response, reading);
      return board(request, response, next);
    } catch (error) {
      next(error);
    }
  });
  return router;
}

const parseBody = express.json({ limit: "4kb" });
const readBody = (request: Request, response: Response) =>
  new Promise<void>((resolve, reject) =>
    parseBody(request, response, (error?: unknown) => (error ? reject(error) : resolve())),
  );

/** In the shape of bull-board's own errors, so that its page shows the sentence. */
const refusal = (message: string) => ({ error: "Refused", message });

async function makeBoard(queue: Queue, readOnlyMode: boolean): Promise<RequestHandler> {
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
    import("@bull-board/api"),
    import("@bull-board/api/bullMQAdapter"),
    import("@bull-board/express"),
  ]);
  const server = new ExpressAdapter();
  server.setBasePath(MOUNT);
  // Its types do not know the option that hides "Retry" at completed jobs.
  const options = { readOnlyMode, allowCompletedRetries: false } as { readOnlyMode: boolean };
  const adapter = new BullMQAdapter(queue, options);
  adapter.getJobStatuses = () => [...OCCURRING_STATES];
  createBullBoard({ queues: [adapter], serverAdapter: server, options: { uiConfig: BOARD_SETTINGS } });
  server.setErrorHandler(boardError);
  return server.getRouter();
}
