import pg from "pg";

/** A statement that was sent to Postgres. */
export interface Statement {
  text: string;
  values: unknown[];
}

/**
 * Records every statement that clients send to Postgres from now on, Prisma's included. Clients that were created before this are not
 * seen: call it before anything connects. `stop` puts the driver back.
 */
export function recordStatements() {
  const prototype = pg.Client.prototype;
  const send = prototype.query;
  let statements: Statement[] = [];
  prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [first, second] = args;
    if (typeof first === "string")
      statements.push({ text: first, values: Array.isArray(second) ? second : [] });
    else if (typeof first === "object" && first !== null && "text" in first) {
      const { text, values } = first as { text: string; values?: unknown[] };
      statements.push({ text, values: values ?? (Array.isArray(second) ? second : []) });
    }
    return (send as (...given: unknown[]) => unknown).apply(this, args);
  } as typeof prototype.query;
  return {
    /** The statements since the last call. */
    take() {
      const taken = statements;
      statements = [];
      return taken;
    },
    stop() {
      prototype.query = send;
    },
  };
}
