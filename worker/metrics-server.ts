import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { hasBearerToken } from "../app/platform/bearer-token";
import type { Runtime } from "../app/runtime/create-runtime";

type MetricsRuntime = Pick<Runtime, "env" | "log" | "metrics">;

/**
 * Serves the worker's `/metrics`, with the token of METRICS_TOKEN, on WORKER_METRICS_PORT. A port of its own rather than a table in
 * Postgres that the web process would read: what a worker says of itself must still be there when Postgres is not. A port that
 * is taken is logged, and the worker works without it. @returns a function that stops it; null where no port is set.
 */
export function startMetricsServer(runtime: MetricsRuntime): (() => Promise<void>) | null {
  const { WORKER_METRICS_PORT: port, HOST: host } = runtime.env;
  if (port === undefined) return null;
  const server = createServer((request, response) => {
    answer(runtime, request, response).catch((error: Error) => {
      runtime.log.error({ error: error.message }, "the metrics could not be rendered");
      refuse(response, 500, "The metrics could not be rendered. The error has been logged.");
    });
  });
  server.on("error", (error) =>
    runtime.log.error({ host, port, error: error.message }, "the worker cannot serve its metrics"),
  );
  server.listen(port, host, () => runtime.log.info({ host, port }, "the worker's metrics are up"));
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}

async function answer({ env, metrics }: MetricsRuntime, request: IncomingMessage, response: ServerResponse) {
  if (request.method !== "GET" || request.url?.split("?")[0] !== "/metrics")
    return refuse(response, 404, "There is nothing here but /metrics.");
  const { METRICS_TOKEN: token } = env;
  if (!token) return refuse(response, 404, "Metrics are closed: METRICS_TOKEN is not set.");
  if (!hasBearerToken(request.headers.authorization, token))
    return refuse(response, 401, "Metrics need the bearer token of METRICS_TOKEN.");
  const { contentType, body } = await metrics.text();
  response.writeHead(200, { "Content-Type": contentType, "Cache-Control": "no-store" }).end(body);
}

function refuse(response: ServerResponse, status: number, why: string) {
  if (response.headersSent) return;
  response
    .writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" })
    .end(why);
}
