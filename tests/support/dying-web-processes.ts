import cluster from "node:cluster";
import { createServer } from "node:http";
import { createLogger } from "../../app/platform/logger";
import { runPrimary } from "../../server/primary";

/**
 * A primary of two web processes that do one thing, after the argument: `exit` at once, or `listen` on a free port until they are
 * told to stop.
 */
if (cluster.isPrimary) runPrimary(2, createLogger("info", "web-primary"));
else if (process.argv[2] === "exit") process.exit(3);
else {
  createServer().listen(0, "127.0.0.1");
  process.on("SIGTERM", () => process.exit(0));
}
