import type pg from "pg";
import type { Logger } from "../platform/logger";

/** What is worth knowing when someone attacks, or has got in; the words of its log line, and its level. */
const EVENTS = {
  "log-in": { level: "info", words: "a user logged in" },
  "log-in-failed": { level: "warn", words: "a log-in failed: wrong address or password" },
  "log-in-limited": { level: "warn", words: "a log-in was refused unchecked: too many had failed" },
  "log-in-busy": { level: "warn", words: "a log-in was refused unchecked: too many were waiting" },
  "demo-account-refused": { level: "warn", words: "a log-in with a public demo password was refused" },
  "disabled-account-refused": { level: "warn", words: "a log-in to a disabled account was refused" },
  "second-factor-failed": { level: "warn", words: "a code of a second factor was wrong" },
  "recovery-code-used": { level: "warn", words: "a user logged in with a recovery code" },
  "password-changed": { level: "info", words: "a user changed their password" },
  "second-factor-on": { level: "info", words: "a user switched their second factor on" },
  "second-factor-off": { level: "warn", words: "a user switched their second factor off" },
  "sessions-ended": { level: "info", words: "a user ended sessions" },
  forbidden: { level: "warn", words: "a user asked for a page that their role may not open" },
  "cross-site": { level: "warn", words: "a request that another site sent was refused" },
  export: { level: "info", words: "a user exported data" },
} as const satisfies Record<string, { level: "info" | "warn"; words: string }>;

export type SecurityEvent = keyof typeof EVENTS;

/** Those of which an alert rule wants to know how many there were. */
const FAILURES: ReadonlySet<SecurityEvent> = new Set(["log-in-failed", "second-factor-failed"]);

/** Details of an event. Never an address, an e-mail address or anything secret: they go to the log. */
export interface SecurityDetails {
  userId?: number;
  /** The limit that refused a log-in: of an address, an account, a browser or codes. */
  limit?: string;
  permission?: string;
  /** Without its query. */
  path?: string;
  method?: string;
  /** How many, of sessions or codes. */
  count?: number;
}

export interface SecurityEvents {
  /** Writes the event to `log`, whose lines name the request, and counts it. Never throws. */
  record(log: Logger, event: SecurityEvent, details?: SecurityDetails): void;
}

/** `count` receives each event, for metrics. Failed log-ins are also counted per minute in Postgres, for all processes together. */
export function createSecurityEvents(parts: {
  pool: pg.Pool;
  count(event: SecurityEvent): void;
  onError(error: Error): void;
}): SecurityEvents {
  return {
    record(log, event, details = {}) {
      const { level, words } = EVENTS[event];
      log[level]({ security: event, ...details }, words);
      parts.count(event);
      if (FAILURES.has(event)) addFailure(parts.pool).catch(parts.onError);
    },
  };
}

const addFailure = (pool: pg.Pool) =>
  pool.query(
    `INSERT INTO "LogInFailure" AS f (at, failures) VALUES (date_trunc('minute', now()), 1)
     ON CONFLICT (at) DO UPDATE SET failures = f.failures + 1`,
  );
