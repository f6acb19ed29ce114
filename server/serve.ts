import cluster from "node:cluster";
import { createServer } from "node:http";
import { createRequestHandler } from "@remix-run/express";
import type { ServerBuild } from "@remix-run/node";
import compression from "compression";
import express from "express";
import type { ViteDevServer } from "vite";
import { viewEndpoint } from "../app/ingest/view-endpoint";
import { isCompiled } from "../app/platform/compiled";
import type { Env } from "../app/platform/env";
import { isSameOriginMutation } from "../app/platform/same-origin";
import { createRuntime, type Runtime } from "../app/runtime/create-runtime";
import { startReconcile } from "../app/runtime/start-reconcile";
import { withTimeoutOrNull } from "../app/tracker/timeout";
import { healthAndMetrics } from "./health-and-metrics";
import { liveStream } from "./live-stream";
import { createLoadContext } from "./load-context";
import { loginLimit } from "./login-limit";
import { queueBoard } from "./queue-board";
import { identifyRequests, logRequests } from "./request-log";
import { securityHeaders } from "./security-headers";
import { staticFiles } from "./static-files";

/** A shutdown that takes longer, ms, is cut short. */
const SHUTDOWN_MS = 8000;
/** The server starts listening after this long, ms, even if a store does not answer. */
const WARM_UP_MS = 2000;
/** The pages, as Remix built them, from this module: server/serve.ts, or compiled build/programs/chunk-….js. */
const pages = isCompiled ? "../server/index.js" : "../build/server/index.js";

async function createApp(runtime: Runtime, env: Env) {
  const dev = env.NODE_ENV === "development" ? await startVite() : null;
  const app = express();
  app.disable("x-powered-by");
  app.set("trust proxy", env.TRUST_PROXY);
  app.use(identifyRequests(runtime));
  app.use(healthAndMetrics(runtime));

  app.use(logRequests);
  if (!dev) app.use(staticFiles("build/client"));
  app.use(compression());
  app.use(securityHeaders(env));
  app.use((request, response, next) => {
    if (isSameOriginMutation(request.method, request.headers)) return next();
    response.status(403).type("text").send("This request came from another site, so it was refused.");
  });

  if (dev) app.use(dev.middlewares);
  app.use(queueBoard(runtime));
  app.use(liveStream(runtime));
  app.use(loginLimit(env.TRUST_PROXY, runtime));
  app.all(
    "*",
    createRequestHandler({
      build: dev
        ? () => dev.ssrLoadModule("virtual:remix/server-build") as Promise<ServerBuild>
        : ((await import(new URL(pages, import.meta.url).href)) as ServerBuild),
      mode: env.NODE_ENV,
      getLoadContext: createLoadContext(runtime),
    }),
  );
  return app;
}

async function startVite(): Promise<ViteDevServer> {
  const vite = await import("vite");
  return vite.createServer({ server: { middlewareMode: true } });
}

/** Runs one web process until it is told to stop. Rejects when it cannot start. */
export async function serve(env: Env): Promise<void> {
  const runtime = await createRuntime(env, "web");
  const app = await createApp(runtime, env);
  const stopReconcile = runtime.redisViews ? startReconcile(runtime, runtime.redisViews) : null;
  // The first readers should not wait for connections; an unavailable store does not keep the site from starting.
  await withTimeoutOrNull(WARM_UP_MS, runtime.warmUp());
  const server = createServer(viewEndpoint({ ...runtime, trustedProxies: env.TRUST_PROXY }, app));
  server.listen(env.PORT, env.HOST, () => {
    runtime.log.info({ host: env.HOST, port: env.PORT, mode: runtime.mode().mode }, "the site is up");
  });
  server.on("error", (error) => {
    runtime.log.fatal({ error: error.message }, "the site cannot listen");
    process.exit(1);
  });

  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    runtime.log.info({ signal }, "stopping");
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    // Streams never end by themselves, and the server waits for open ones.
    runtime.changes.close();
    server.close(async () => {
      await stopReconcile?.();
      await runtime.close();
      process.exit(0);
    });
    server.closeIdleConnections();
    // Hot reload keeps its sockets open; a restart should not wait for them.
    if (env.NODE_ENV === "development") server.closeAllConnections();
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  stopWithPrimary(() => stop("the end of the primary process"));
}

/** One of several web processes ends with its primary, which has the port. By itself, Node would exit without counting what is in flight. */
function stopWithPrimary(stop: () => void) {
  const self = cluster.worker;
  self?.once("disconnect", () => {
    self.exitedAfterDisconnect = true;
    stop();
  });
}
