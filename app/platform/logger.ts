import pino from "pino";

export type Logger = pino.Logger;

/** A source that keeps failing is logged at most this often, ms. */
const WARN_EVERY_MS = 10_000;

/**
 * Structured logs on stdout: one JSON object per line; one about a request has its `requestId`. Addresses, cookies,
 * passwords and tokens never reach a line: nothing logs whole requests, and `redact` removes such fields as a second barrier.
 */
export function createLogger(level: string, role: string): Logger {
  return pino({
    level,
    base: { role, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ["req", "headers", "address", "ip", "password", "token", "secret", "cookie", "*.password"],
      remove: true,
    },
  });
}

/** Logs failures of connections and background writes, which repeat until they are fixed: one line per source every 10 s. */
export function throttleWarnings(log: Logger): (source: string, error: Error) => void {
  const lastAt = new Map<string, number>();
  return (source, error) => {
    if (Date.now() - (lastAt.get(source) ?? 0) < WARN_EVERY_MS) return;
    lastAt.set(source, Date.now());
    log.warn({ source, error: error.message }, "a connection or a background write failed");
  };
}
