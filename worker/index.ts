import { BadSetting, readEnv } from "../app/platform/env";
import { createRuntime } from "../app/runtime/create-runtime";
import { startReconcile } from "../app/runtime/start-reconcile";
import { startArchive } from "./archive";
import { startHousekeeping } from "./housekeeping";
import { startMetricsServer } from "./metrics-server";
import { startRankingMostRead } from "./rank-most-read";
import { startRememberingUnsynced } from "./remember-unsynced";
import { startSync } from "./sync-worker";

const SHUTDOWN_MS = 15_000;

/** For the fault harness: the worker kills itself at the labelled step, as a power cut would. */
const dieAt = (label: string | undefined) => (step: string) => {
  if (step === label) process.kill(process.pid, "SIGKILL");
};

async function main() {
  const env = readEnv();
  const runtime = await createRuntime(env, "worker");
  const { log, redisViews } = runtime;
  const step = dieAt(env.FAULT_KILL_AT);
  const stops: (() => Promise<void>)[] = [
    startHousekeeping(runtime),
    startArchive(runtime, step),
    startRankingMostRead(runtime),
  ];
  const stopMetrics = startMetricsServer(runtime);
  if (stopMetrics) stops.push(stopMetrics);
  if (redisViews && env.REDIS_URL) {
    stops.push(startSync(runtime, redisViews, env.REDIS_URL, step));
    stops.push(startReconcile(runtime, redisViews, step));
    stops.push(
      startRememberingUnsynced(runtime.pools.work, redisViews, (error) =>
        log.warn({ error: error.message }, "unsynced views are not remembered"),
      ),
    );
  }
  log.info({ redis: redisViews !== null }, "the worker is up");

  let ending = false;
  const end = async (signal: string) => {
    if (ending) return;
    ending = true;
    log.info({ signal }, "stopping");
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    for (const stop of stops) await stop();
    await runtime.close();
    process.exit(0);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

main().catch((error: Error) => {
  process.stderr.write(`${error instanceof BadSetting ? error.message : (error.stack ?? error.message)}\n`);
  process.exit(1);
});
