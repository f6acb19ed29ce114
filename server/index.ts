import cluster from "node:cluster";
import { BadSetting, readEnv } from "../app/platform/env";
import { createLogger } from "../app/platform/logger";

/**
 * The web process: one by default, or a primary that starts and replaces as many as WEB_CONCURRENCY says. Each part is loaded only
 * where it runs, so that the primary stays small. Hot reload knows one process only.
 */
async function main() {
  const env = readEnv();
  // React, Express and other packages read it by themselves, and take "not set" for development.
  process.env.NODE_ENV = env.NODE_ENV;
  const processes = env.NODE_ENV === "development" ? 1 : env.WEB_CONCURRENCY;
  if (processes > 1 && cluster.isPrimary) {
    const { runPrimary } = await import("./primary");
    return runPrimary(processes, createLogger(env.LOG_LEVEL, "web-primary"));
  }
  const { serve } = await import("./serve");
  return serve(env);
}

main().catch((error: Error) => {
  process.stderr.write(`${error instanceof BadSetting ? error.message : (error.stack ?? error.message)}\n`);
  process.exit(1);
});
