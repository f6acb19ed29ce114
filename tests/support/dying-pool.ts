import pg from "pg";

/**
 * A pool of a program that is killed at its `queries`-th statement: before Postgres hears of it, or after Postgres ran it and before the
 * program learns of that. From then on nothing answers, and Postgres rolls back what is open.
 */
export function dyingPool(connectionString: string, queries: number, heard: boolean) {
  const pool = new pg.Pool({ connectionString, max: 4 });
  const clients = new Set<pg.PoolClient>();
  let left = queries;
  let dead = false;
  const die = () => {
    dead = true;
    for (const client of clients) {
      // biome-ignore lint/suspicious/noExplicitAny: the stream is not part of pg's types
      (client as any).connection.stream.destroy();
    }
    return new Error("killed");
  };
  pool.on("error", () => undefined);
  pool.on("connect", (client) => {
    clients.add(client);
    client.on("error", () => undefined);
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    const run = async (args: unknown[]) => {
      if (dead) throw new Error("killed");
      left -= 1;
      if (left > 0) return query(...args);
      if (heard) await (query(...args) as Promise<unknown>);
      throw die();
    };
    // biome-ignore lint/suspicious/noExplicitAny: pool.query passes a callback, other callers await
    (client as any).query = (...args: any[]) => {
      const callback = typeof args.at(-1) === "function" ? args.pop() : null;
      const result = run(args);
      if (!callback) return result;
      result.then(
        (value) => callback(undefined, value),
        (error) => callback(error),
      );
    };
  });
  return { pool, isDead: () => dead, end: () => pool.end().catch(() => undefined) };
}
