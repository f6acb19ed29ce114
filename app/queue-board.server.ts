import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { ExpressAdapter } from "@bull-board/express";
import { type NextFunction, type Request, type Response, Router } from "express";
import { decide, logInPath } from "./platform/rights";
import type { Runtime } from "./runtime.server";

const MOUNT = "/admin/queues";

/**
 * bull-board behind the same rights as every other page, for every path and method under it. It is made when it is first
 * asked for with Redis up: BullMQ's producers wait for ever for a Redis that was down when they were made.
 */
export function queueBoard(runtime: Runtime): Router {
  let board: ReturnType<ExpressAdapter["getRouter"]> | null = null;
  const router = Router();

  router.use(MOUNT, async (request: Request, response: Response, next: NextFunction) => {
    try {
      const right = ["GET", "HEAD"].includes(request.method) ? "queues.view" : "queues.change";
      const user = await runtime.sessions.userOf(request.headers.cookie);
      const decision = decide(user, right);
      if (decision === "log-in") return response.redirect(302, logInPath(request.originalUrl));
      if (decision === "forbid")
        return response.status(403).type("text").send("Your account has no right to see the queues.");
      const { redis } = await runtime.liveStatus();
      if (redis !== "up") return response.status(503).type("html").send(absentPage(redis));
      board ??= makeBoard(runtime);
      if (!board) return response.status(503).type("html").send(absentPage("disabled"));
      return board(request, response, next);
    } catch (error) {
      next(error);
    }
  });
  return router;
}

function makeBoard(runtime: Runtime) {
  const queue = runtime.queue.queue();
  if (!queue) return null;
  const adapter = new ExpressAdapter();
  adapter.setBasePath(MOUNT);
  createBullBoard({
    queues: [new BullMQAdapter(queue)],
    serverAdapter: adapter,
    options: {
      uiConfig: { boardTitle: "Tidemark queues", miscLinks: [{ text: "Back to operations", url: "/admin" }] },
    },
  });
  return adapter.getRouter();
}

/** Says that there is nothing to show, where the board itself would load for ever. */
function absentPage(redis: "down" | "disabled") {
  const [title, text] =
    redis === "down"
      ? [
          "Redis is unreachable",
          "The queues live in Redis, so there is nothing to show until it answers. Views are counted in the database meanwhile, and nothing is lost.",
        ]
      : [
          "There are no queues",
          "This site counts views straight into the database: no Redis is configured, so no job waits anywhere.",
        ];
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title} · Tidemark</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;padding:0 1.5rem}</style>
<h1>${title}</h1><p>${text}</p><p><a href="/admin">Back to operations</a> · <a href="${MOUNT}">Try again</a></p></html>`;
}
