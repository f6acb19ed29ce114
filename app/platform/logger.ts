import pino from "pino";
import { requestId } from "./request-id";

export type Logger = pino.Logger;

/**
 * Structured logs on stdout, one JSON object a line, with the id of the request that it is about. Addresses, cookies, passwords and tokens never reach a line: nothing
 * logs requests whole, and the fields that could carry them are removed here as a second wall.
 */
export function createLogger(level: string, role: string): Logger {
  return pino({
    level,
    base: { role, pid: process.pid },
    mixin() {
      const id = requestId();
      return id ? { requestId: id } : {};
    },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ["req", "headers", "address", "ip", "password", "token", "secret", "cookie", "*.password"],
      remove: true,
    },
  });
}
