const CHECK_EVERY_MS = 500;

/**
 * Calls back when this command should stop: at Ctrl-C, SIGTERM or SIGHUP, and when the npm that runs it has gone. npm passes
 * signals on, but an npm that is killed with SIGKILL cannot. Commands run as `exec node …` in package.json, so that npm is
 * the parent process; its death gives this process another parent.
 */
export function onStopRequest(callback: () => void): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, callback);
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(timer);
    callback();
  }, CHECK_EVERY_MS);
  timer.unref();
}
