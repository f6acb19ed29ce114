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
import { absentPage, adaptPage, BOARD_THEME } from "./queue-board-theme";

const MOUNT = "/admin/queues";
const READING = ["GET", "HEAD"];
const NOT_HERE =
  "The board retries, promotes and cleans jobs, and nothing else. Nothing was changed. The Sync page pauses the sync, runs it and sets its interval.";

/**
 * bull-board behind the same permissions as every other page, for every path and method under it. People who may see the queues
 * but not change them get a board without buttons, and 405 for every other method. The changes of `findChange` are made with a
 * reason and audited; all others are refused with 405. A board is created when it
 * is first requested while Redis is up: BullMQ's producers would wait forever for a Redis that was down when they were created.
 * bull-board is loaded then too, because few processes ever show it and each would start later for it.
 */
export function queueBoard(runtime: Runtime, may: typeof can = can): Router {
  const boards: Partial<Record<"changing" | "reading", RequestHandler>> = {};
  const router = Router();

  router.use(MOUNT, async (request: Request, response: Response, next: NextFunction) => {
    try {
      const user = await runtime.sessions.userOf(request.headers.cookie);
      const decision = decide(user, "queues.view", may);
      if (decision === "log-in") return response.redirect(302, logInPath(request.originalUrl));
      if (decision === "set-up") return response.redirect(302, SET_UP_PATH);
      if (decision === "forbid" || !user) {
        const { method, baseUrl: path } = request;
        const details = { userId: user?.id, permission: "queues.view", method, path };
        runtime.auth.security.record(response.locals.log ?? runtime.log, "forbidden", details);
        return response
          .status(403)
          .type("text")
          .send("Your account does not have permission to see the queues.");
      }
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
      const { redis } = await runtime.liveStatus();
      if (redis !== "up") return response.status(503).type("html").send(absentPage(redis, MOUNT));
      const kind = changes ? "changing" : "reading";
      const board = boards[kind] ?? (await makeBoard(runtime, kind === "reading"));
      if (!board) return response.status(503).type("html").send(absentPage("disabled", MOUNT));
      boards[kind] = board;
      if (change && reason) {
        // Read here rather than by bull-board, so that the audit has it.
        await readBody(request, response);
        await auditChange(runtime, user, { request, response }, change, reason);
      }
      adaptPage(response);
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

async function makeBoard(runtime: Runtime, readOnlyMode: boolean): Promise<RequestHandler | null> {
  const queue = runtime.queue.queue();
  if (!queue) return null;
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
    import("@bull-board/api"),
    import("@bull-board/api/bullMQAdapter"),
    import("@bull-board/express"),
  ]);
  const adapter = new ExpressAdapter();
  adapter.setBasePath(MOUNT);
  createBullBoard({
    // Its types do not know the option that hides "Retry" at completed jobs.
    queues: [
      new BullMQAdapter(queue, { readOnlyMode, allowCompletedRetries: false } as { readOnlyMode: boolean }),
    ],
    serverAdapter: adapter,
    options: {
      uiConfig: {
        boardTitle: "Tidemark queues",
        boardLogo: { path: "/favicon.svg", width: 28, height: 28 },
        favIcon: { default: "/favicon.svg", alternative: "/favicon.ico" },
        miscLinks: [{ text: "Back to operations", url: "/admin" }],
        theme: BOARD_THEME,
      },
    },
  });
  return adapter.getRouter();
}
