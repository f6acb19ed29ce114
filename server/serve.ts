import cluster from "node:cluster";
import { createServer, type RequestListener } from "node:http";
import { createRequestHandler } from "@remix-run/express";
import type { ServerBuild } from "@remix-run/node";
import compression from "compression";
import express from "express";
import type { ViteDevServer } from "vite";
import { viewEndpoint } from "../app/ingest/view-endpoint";
import { isCompiled } from "../app/platform/compiled";
import type { Env } from "../app/platform/env";
import { publicOrigin } from "../app/platform/site-origin";
import { createRuntime, type Runtime } from "../app/runtime/create-runtime";
import { startReconcile } from "../app/runtime/start-reconcile";
import { withTimeoutOrNull } from "../app/tracker/timeout";
import { limitBodies } from "./body-limit";
import { cacheNothing } from "./cache-headers";
import { answerErrors } from "./error-handler";
import { frontDoor } from "./front-door";
import { healthAndMetrics } from "./health-and-metrics";
import { holdWhileLoading } from "./hold-while-loading";
import { keepAssets } from "./kept-assets";
import { liveStream } from "./live-stream";
import { createLoadContext } from "./load-context";
import { queueBoard } from "./queue-board";
import { identifyRequests, logRequests } from "./request-log";
import { refuseOtherSites, trustForwarding } from "./same-site";
import { securityHeaders } from "./security-headers";
import { siteHosts } from "./site-hosts";
import { staticFiles } from "./static-files";
import { traceRequests } from "./trace-requests";

/** A shutdown that takes longer, ms, is cut short. */
const SHUTDOWN_MS = 8000;
/** While it stops, connections that have become idle are closed this often, ms. */
const IDLE_CHECK_MS = 50;
/** The server starts listening after this long, ms, even if a store does not answer. */
const WARM_UP_MS = 2000;
/** How long a client may take, ms. */
export const TIMEOUTS = {
  /** To send its headers, and the whole request, which has 100 KB at most. */
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** How often that is checked. */
  connectionsCheckingInterval: 5_000,
  /**
   * Until its next request. A proxy that keeps connections for longer would send one into a connection that is being closed: nginx
   * and AWS's balancers keep them for 60 s, Caddy for 120 s.
   */
  keepAliveTimeout: 130_000,
};
/** The pages, as Remix built them, from this module: server/serve.ts, or compiled build/programs/chunk-….js. */
const pages = isCompiled ? "../server/index.js" : "../build/server/index.js";

async function createApp(runtime: Runtime, env: Env) {
  const dev = env.NODE_ENV === "development" ? await startVite() : null;
  const app = express();
  app.disable("x-powered-by");
  // Otherwise Express would take a missing NODE_ENV for development, and answer errors with their stack.
  app.set("env", env.NODE_ENV);
  app.set("trust proxy", env.TRUST_PROXY);
  app.use(identifyRequests(runtime));
  app.use(trustForwarding(env, siteHosts(env)));
  app.use(healthAndMetrics(runtime));

  app.use(logRequests);
  if (!dev) app.use(staticFiles("build/client", env.ASSETS_DIR));
  app.use(compression());
  app.use(securityHeaders(env));
  app.use(cacheNothing);
  app.use(refuseOtherSites(env, runtime.auth.security));

  if (dev) app.use(dev.middlewares);
  if (runtime.tracing) app.use(traceRequests(runtime.tracing));
  app.use(queueBoard(runtime));
  app.use(liveStream(runtime));
  app.all(
    "*",
    createRequestHandler({
      build: dev
        ? () => dev.ssrLoadModule("virtual:remix/server-build") as Promise<ServerBuild>
        : holdWhileLoading(await import(new URL(pages, import.meta.url).href), runtime.inFlight),
      mode: env.NODE_ENV,
      getLoadContext: createLoadContext(runtime),
    }),
  );
  app.use(answerErrors);
  return app;
}

/** Everything that answers a request, the first to look at it on top. */
async function createListener(runtime: Runtime, env: Env): Promise<RequestListener> {
  const { TRUST_PROXY: hops } = env;
  const bounded = limitBodies(hops, await createApp(runtime, env));
  const endpoint = viewEndpoint({ ...runtime, trustedProxies: hops, siteOrigin: publicOrigin(env) }, bounded);
  return frontDoor({ ...runtime, hostOf: siteHosts(env), hops }, endpoint);
}

async function startVite(): Promise<ViteDevServer> {
  const vite = await import("vite");
  return vite.createServer({ server: { middlewareMode: true } });
}

/** Runs one web process until it is told to stop. Rejects when it cannot start. */
export async function serve(env: Env): Promise<void> {
  const runtime = await createRuntime(env, "web");
  const listener = await createListener(runtime, env);
  const stopKeeping =
    env.NODE_ENV === "development"
      ? null
      : await keepAssets("build/client/assets", env.ASSETS_DIR, (error) =>
          runtime.log.warn(
            { error: error.message },
            "the files of this version could not be kept for open pages",
          ),
        );
  const stopReconcile = runtime.redisViews ? startReconcile(runtime, runtime.redisViews) : null;
  // The first readers should not wait for connections; an unavailable store does not keep the site from starting.
  await withTimeoutOrNull(WARM_UP_MS, runtime.warmUp());
  const server = createServer(TIMEOUTS, listener);
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
      await stopKeeping?.();
      await runtime.close();
      process.exit(0);
    });
    // Connections that are busy now become idle later, and a proxy would keep them for minutes.
    setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS).unref();
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
