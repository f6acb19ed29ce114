import { AsyncResource } from "node:async_hooks";
import pg from "pg";
import { redisCommands } from "../redis";
import type { Tracing } from "./tracing";

/**
 * Makes every statement and every command a span, if it belongs to a sampled one. By hand rather than with OpenTelemetry's packages: those
 * hook into the loading of modules, which the compiled programs (ES modules) would need a loader for.
 */
export function traceClients(tracing: Tracing): void {
  traceRedis(tracing);
  tracePostgres(tracing);
}

type SendCommand = (command: { name: string; promise: Promise<unknown> }, ...more: unknown[]) => unknown;

function traceRedis(tracing: Tracing) {
  const commands = redisCommands as unknown as { sendCommand: SendCommand };
  const send = commands.sendCommand;
  commands.sendCommand = function (command, ...more) {
    if (tracing.current() === undefined) return send.call(this, command, ...more);
    // Before it is sent, as ioredis then renames a script's command.
    const name = command.name.toUpperCase();
    const sent = send.call(this, command, ...more);
    const facts = { "db.system.name": "redis", "db.operation.name": name };
    // The caller hears of a failure.
    tracing.span(`redis ${name}`, () => command.promise, { facts }).catch(() => undefined);
    return sent;
  };
}

type Query = (this: unknown, ...args: unknown[]) => unknown;
type Callback = (...args: unknown[]) => unknown;

function tracePostgres(tracing: Tracing) {
  const client = pg.Client.prototype as unknown as { query: Query };
  const query = client.query;
  client.query = function (...args) {
    if (tracing.current() === undefined) return query.apply(this, args);
    const name = nameOf(args[0]);
    const facts = { "db.system.name": "postgresql", "db.operation.name": name };
    const last = args.at(-1);
    const follow = (promise: Promise<unknown>) =>
      void tracing.span(`postgres ${name}`, () => promise, { facts }).catch(() => undefined);
    if (typeof last !== "function") {
      const answer = query.apply(this, args);
      if (answer instanceof Promise) follow(answer);
      return answer;
    }
    follow(
      new Promise((resolve, reject) => {
        const callback = AsyncResource.bind(last as Callback);
        args[args.length - 1] = (error: Error | null, ...rest: unknown[]) => {
          if (error) reject(error);
          else resolve(undefined);
          return callback(error, ...rest);
        };
      }),
    );
    return query.apply(this, args);
  };
  const pool = pg.Pool.prototype as unknown as { connect: Query };
  const connect = pool.connect;
  // A caller that waits for a connection is called by the one that gives it back, in that one's trace.
  pool.connect = function (callback, ...more) {
    return typeof callback === "function"
      ? connect.call(this, AsyncResource.bind(callback as Callback), ...more)
      : connect.call(this, callback, ...more);
  };
}

/** The first word of a statement, and no more: the rest may hold values. */
function nameOf(statement: unknown): string {
  const text = typeof statement === "string" ? statement : (statement as { text?: string } | undefined)?.text;
  return /^\s*(?:--[^\n]*\n\s*)*([A-Za-z]{1,20})\b/.exec(text ?? "")?.[1]?.toUpperCase() ?? "statement";
}
