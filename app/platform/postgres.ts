import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaClient } from "../../prisma/client/client";
import { numberTypes } from "./row-numbers";

/**
 * One pool for Prisma and for the few statements that Prisma cannot express (stores/). `onError` is called when a connection is
 * lost: without a listener, a restart of Postgres would end the process.
 */
export function connectDatabase(
  url: string,
  options: { max?: number; onError: (error: Error) => void },
): { db: PrismaClient; pool: pg.Pool } {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    connectionTimeoutMillis: 2000,
    keepAlive: true,
    types: numberTypes,
  });
  pool.on("error", options.onError);
  // The pool listens to idle connections only: losing one during a transaction would end the process too.
  pool.on("connect", (client) => client.on("error", options.onError));
  const db = new PrismaClient({ adapter: new PrismaPg(pool, { onPoolError: options.onError }) });
  return { db, pool };
}
