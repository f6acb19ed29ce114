import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { createRequestHandler } from "@remix-run/express";
import type { ServerBuild } from "@remix-run/node";
import compression from "compression";
import express from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import helmet from "helmet";
import type { ViteDevServer } from "vite";
import { viewEndpoint } from "../app/ingest/view-endpoint";
import { clientAddress } from "../app/platform/client-address";
import { BadSetting, type Env, readEnv } from "../app/platform/env";
import { withRequestId } from "../app/platform/request-id";
import { isSameOriginMutation } from "../app/platform/same-origin";
import { createRuntime, type Runtime } from "../app/runtime/create-runtime";
import { withTimeoutOrNull } from "../app/tracker/timeout";
import { healthAndMetrics } from "./health-and-metrics";
import { liveStream } from "./live-stream";
import { queueBoard } from "./queue-board";

/** Wrong passwords an address may try in a quarter of an hour; right ones do not count. */
const LOGIN_TRIES = { windowMs: 15 * 60_000, limit: 10 };
const SHUTDOWN_MS = 8000;
const WARM_UP_MS = 2000;

async function createApp(runtime: Runtime, env: Env) {
  const dev = env.NODE_ENV === "development" ? await startVite() : null;
  const app = express();
  app.disable("x-powered-by");
  app.set("trust proxy", env.TRUST_PROXY);
  app.use(healthAndMetrics(runtime));

  app.use(logRequests(runtime));
  app.use(compression());
  app.use((_request, response, next) => {
    response.locals.cspNonce = randomBytes(16).toString("base64");
    next();
  });
  app.use(securityHeaders(env));
  app.use((request, response, next) => {
    if (isSameOriginMutation(request.method, request.headers)) return next();
    response.status(403).type("text").send("This request came from another site, so it was refused.");
  });

  if (dev) app.use(dev.middlewares);
  else {
    app.use("/assets", express.static("build/client/assets", { immutable: true, maxAge: "1y" }));
    app.use(express.static("build/client", { maxAge: "1h" }));
  }
  app.use(queueBoard(runtime));
  app.use(liveStream(runtime));
  app.use(logInLimit(env.TRUST_PROXY));
  app.all(
    "*",
    createRequestHandler({
      build: dev
        ? () => dev.ssrLoadModule("virtual:remix/server-build") as Promise<ServerBuild>
        : ((await import(new URL("../build/server/index.js", import.meta.url).href)) as ServerBuild),
      mode: env.NODE_ENV,
      getLoadContext: (request, response) => ({
        runtime,
        address: clientAddress(request, env.TRUST_PROXY),
        cspNonce: response.locals.cspNonce as string,
        logInWaitSeconds: response.locals.logInWaitSeconds as number | undefined,
      }),
    }),
  );
  return app;
}

/** A line a request, at level debug, as there is much of it; what breaks is logged where it breaks. Without queries. */
function logRequests({ log }: Runtime): express.RequestHandler {
  return (request, response, next) => {
    const began = performance.now();
    const { method, path } = request;
    response.on("finish", () => {
      const ms = Math.round(performance.now() - began);
      log.debug({ method, path, status: response.statusCode, ms }, "request");
    });
    next();
  };
}

/** Counts wrong passwords an address; the log-in page itself says how long to wait. */
function logInLimit(hops: number): express.RequestHandler {
  return rateLimit({
    ...LOGIN_TRIES,
    // Remix decodes paths before it matches them, so `/%6Cogin` is a log-in too.
    skip: (request) => request.method !== "POST" || !/^\/+login\/?$/i.test(decoded(request.path)),
    // A whole /56 of IPv6 counts as one address: every home has that many.
    keyGenerator: (request) => ipKeyGenerator(clientAddress(request, hops)),
    // Its checks of the request write addresses into the log.
    validate: false,
    skipSuccessfulRequests: true,
    standardHeaders: true,
    legacyHeaders: false,
    handler: (_request, response, next, { windowMs }) => {
      const resetAt = Number(response.getHeader("RateLimit-Reset"));
      // The page's own answer says it; Remix would add a second value.
      response.removeHeader("Retry-After");
      response.locals.logInWaitSeconds = resetAt > 0 ? resetAt : windowMs / 1000;
      next();
    },
  });
}

function decoded(path: string) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function securityHeaders(env: Env) {
  const development = env.NODE_ENV === "development";
  const https = env.PUBLIC_URL?.startsWith("https:") ?? false;
  return helmet({
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: [
          "'self'",
          (_request, response) => `'nonce-${(response as express.Response).locals.cspNonce}'`,
        ],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        fontSrc: ["'self'", "data:"],
        connectSrc: ["'self'", ...(development ? ["ws:"] : [])],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
        upgradeInsecureRequests: https ? [] : null,
      },
    },
    strictTransportSecurity: https,
    referrerPolicy: { policy: "strict-origin-when-cross-origin" },
  });
}

async function startVite(): Promise<ViteDevServer> {
  const vite = await import("vite");
  return vite.createServer({ server: { middlewareMode: true } });
}

async function main() {
  const env = readEnv();
  const runtime = await createRuntime(env, "web");
  const app = await createApp(runtime, env);
  // The first readers should not wait for connections; a store that is away does not keep the site from starting.
  await withTimeoutOrNull(WARM_UP_MS, runtime.warmUp());
  const server = createServer(
    withRequestId(viewEndpoint({ ...runtime, trustedProxies: env.TRUST_PROXY }, app)),
  );
  server.listen(env.PORT, env.HOST, () => {
    runtime.log.info({ host: env.HOST, port: env.PORT, mode: runtime.mode().mode }, "the site is up");
  });
  server.on("error", (error) => {
    runtime.log.fatal({ error: error.message }, "the site cannot listen");
    process.exit(1);
  });

  let ending = false;
  const end = (signal: string) => {
    if (ending) return;
    ending = true;
    runtime.log.info({ signal }, "stopping");
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    // Streams never end by themselves, and the server waits for what is open.
    runtime.changes.close();
    server.close(async () => {
      await runtime.close();
      process.exit(0);
    });
    server.closeIdleConnections();
    // Hot reload keeps its sockets open; a restart should not wait for them.
    if (env.NODE_ENV === "development") server.closeAllConnections();
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

main().catch((error: Error) => {
  process.stderr.write(`${error instanceof BadSetting ? error.message : (error.stack ?? error.message)}\n`);
  process.exit(1);
});
