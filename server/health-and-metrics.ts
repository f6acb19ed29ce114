import { type Response, Router } from "express";
import { describeStale, readLastEvaluation } from "../app/alerts/watch-evaluation";
import { hasBearerToken } from "../app/platform/bearer-token";
import { sharedReading } from "../app/platform/shared-reading";
import type { Runtime } from "../app/runtime/create-runtime";
import { withTimeoutOrNull } from "../app/tracker/timeout";
import { cacheNothing } from "./cache-headers";
import { shareMetrics } from "./gather-metrics";
import { securityHeaders } from "./security-headers";

/** Postgres must answer within this time, ms. */
const READY_TIMEOUT_MS = 1500;
/** Those who ask within this time, ms, get the same answer: each would take a connection of the pages'. */
const SHARE_MS = 1000;

/**
 * The endpoints for programs: `/healthz` (the process is alive), `/readyz` (it can serve: not without Postgres, but without Redis
 * with a warning) and `/metrics` (for Prometheus, with a bearer token; closed unless METRICS_TOKEN is set).
 */
export function healthAndMetrics(runtime: Runtime): Router {
  const router = Router();
  const gather = shareMetrics(() => runtime.metrics.own());

  router.use(["/healthz", "/readyz", "/metrics"], cacheNothing, securityHeaders(runtime.env));

  router.get("/healthz", (_request, response) => {
    response.type("text").send("ok");
  });

  const postgresAnswers = sharedReading(SHARE_MS, () => askPostgres(runtime));
  // A site serves without its alerts, so this is a warning only.
  const evaluation = sharedReading(SHARE_MS, () =>
    withTimeoutOrNull(READY_TIMEOUT_MS, readLastEvaluation(runtime.db, new Date())),
  );
  router.get("/readyz", async (request, response, next) => {
    try {
      const [postgres, { redis }, evaluated] = await Promise.all([
        postgresAnswers(),
        runtime.liveStatus(),
        evaluation(),
      ]);
      const { mode, reason } = runtime.mode();
      // A reason names addresses inside the network.
      const { METRICS_TOKEN: token } = runtime.env;
      const because =
        reason && token && hasBearerToken(request.headers.authorization, token) ? ` (${reason})` : "";
      const warnings = [
        redis === "down" && `Redis is unreachable, so views are counted in the ${mode}${because}`,
        runtime.forwarding.warning(),
        describeStale(evaluated, new Date()),
      ].filter(Boolean);
      response
        .status(postgres ? 200 : 503)
        .json({ ready: postgres, postgres: postgres ? "up" : "down", redis, mode, warnings });
    } catch (error) {
      next(error);
    }
  });

  router.get("/metrics", async (request, response, next) => {
    const token = runtime.env.METRICS_TOKEN;
    if (!token) return refuse(response, 404, "Metrics are closed: METRICS_TOKEN is not set.");
    if (!hasBearerToken(request.headers.authorization, token))
      return refuse(response, 401, "Metrics need the bearer token of METRICS_TOKEN.");
    try {
      const { contentType, body } = await runtime.metrics.text(await gather?.());
      response.set("Content-Type", contentType).set("Cache-Control", "no-store").send(body);
    } catch (error) {
      next(error);
    }
  });
  return router;
}

const refuse = (response: Response, status: number, why: string) => {
  response.status(status).type("text").send(why);
};

const askPostgres = async ({ pools }: Pick<Runtime, "pools">) =>
  (await withTimeoutOrNull(READY_TIMEOUT_MS, pools.pages.query("SELECT 1"))) !== null;
