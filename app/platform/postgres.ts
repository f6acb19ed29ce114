import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaClient } from "../../prisma/client/client";
import { type DeadlineClient, deadlineClient } from "./deadline-client";
import { numberTypes } from "./row-numbers";

/** How long a pool's connections wait for anything, ms. Postgres enforces the first four, so that it lets go of locks by itself. */
export interface Deadlines {
  /** One statement. */
  statementMs: number;
  /** One lock, of a row or an advisory one. */
  lockMs: number;
  /** A transaction between two statements: the client is dead, or stuck. */
  idleInTransactionMs: number;
  /** A whole transaction. */
  transactionMs: number;
  /** Any answer. Longer than the above: a connection that misses it is dead, and is closed. */
  answerMs: number;
  /** A connection: a new one, or a turn in a pool that is busy. */
  connectMs: number;
}

/** The size of a pool and its deadlines. */
export interface PoolPlan extends Deadlines {
  max: number;
}

/** What a connection is for. A pool that is stuck or busy takes nothing from the others. */
export type Purpose = "counting" | "pages" | "work" | "probe";

/**
 * The pools of one process, 17 connections at most. `countingMs` is the longest that a view may wait for Postgres
 * (`VIEW_DATABASE_TIMEOUT_MS`).
 */
export const planPools = (countingMs: number): Record<Purpose, PoolPlan> => ({
  // What a reader waits for: fallback statements (one at a time), the catalog, salts.
  counting: {
    max: 5,
    statementMs: countingMs,
    lockMs: Math.ceil(Math.min(300, countingMs / 3)),
    idleInTransactionMs: 2 * countingMs,
    transactionMs: 3 * countingMs,
    answerMs: countingMs + 500,
    connectMs: countingMs,
  },
  // Prisma: pages, sessions, settings, alerts; and what pages read of the ledger.
  pages: {
    max: 8,
    statementMs: 5000,
    lockMs: 2000,
    idleInTransactionMs: 10_000,
    transactionMs: 25_000,
    answerMs: 6000,
    connectMs: 2000,
  },
  // What no request waits for: marks, reconcile, housekeeping.
  work: {
    max: 3,
    statementMs: 30_000,
    lockMs: 5000,
    idleInTransactionMs: 15_000,
    transactionMs: 60_000,
    answerMs: 35_000,
    connectMs: 5000,
  },
  // The breaker's question whether Postgres counts. It must have failed before the breaker asks again.
  probe: {
    max: 1,
    statementMs: Math.ceil(0.7 * countingMs),
    lockMs: Math.ceil(0.5 * countingMs),
    idleInTransactionMs: countingMs,
    transactionMs: countingMs,
    answerMs: Math.ceil(0.9 * countingMs),
    connectMs: Math.ceil(0.9 * countingMs),
  },
});

/** For tools and tests, which need one pool for everything. */
const ONE_POOL: PoolPlan = { ...planPools(1000).work, max: 10, connectMs: 2000 };

/** A process's connections to Postgres. */
export interface Postgres {
  /** Prisma, on the pool for pages. */
  db: PrismaClient;
  pools: Record<Purpose, pg.Pool>;
  close(): Promise<void>;
}

/**
 * Connects a process's pools; nothing is opened before it is used. `onError` gets the errors of connections, which repeat until
 * Postgres is back.
 */
export function connectPostgres(
  url: string,
  { plans, onError }: { plans: Record<Purpose, PoolPlan>; onError: (error: Error) => void },
): Postgres {
  const open = poolFactory(url, onError);
  const pools = {
    counting: open("counting", plans.counting),
    pages: open("pages", plans.pages),
    work: open("work", plans.work),
    probe: open("probe", plans.probe),
  };
  const db = prismaOn(pools.pages, onError);
  return {
    db,
    pools,
    async close() {
      await db.$disconnect();
      await Promise.all(Object.values(pools).map((pool) => pool.end()));
    },
  };
}

/** One pool for everything, and Prisma on it: for scripts and tests. */
export function connectDatabase(
  url: string,
  options: { onError: (error: Error) => void } & Partial<PoolPlan>,
): { db: PrismaClient; pool: pg.Pool } {
  const { onError, ...plan } = options;
  const pool = poolFactory(url, onError)("all", { ...ONE_POOL, ...plan });
  return { db: prismaOn(pool, onError), pool };
}

const prismaOn = (pool: pg.Pool, onError: (error: Error) => void) =>
  new PrismaClient({ adapter: new PrismaPg(pool, { onPoolError: onError }) });

/** A connection is replaced after this long, seconds, so that an address that moved is followed in the end. */
const LIFETIME_SECONDS = 900;
const KEEP_ALIVE_MS = 10_000;

/**
 * Creates pools that share their doubts: when one connection is given up as dead or as leading to a server that only reads, the
 * idle ones of all pools most likely lead to the same place. They are closed, and the next statement connects anew. Otherwise
 * each of them would cost one more caller a whole deadline.
 */
function poolFactory(url: string, onError: (error: Error) => void) {
  const idle = new Set<DeadlineClient>();
  const onGivenUp = (error: Error) => {
    onError(error);
    for (const client of idle) client.abandon(error);
    idle.clear();
  };
  return (purpose: Purpose | "all", plan: PoolPlan): pg.Pool => {
    const pool = new pg.Pool({
      connectionString: url,
      fallback_application_name: `tidemark ${purpose}`,
      max: plan.max,
      connectionTimeoutMillis: plan.connectMs,
      maxLifetimeSeconds: LIFETIME_SECONDS,
      types: numberTypes,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      Client: deadlineClient({ answerMs: plan.answerMs, onGivenUp, onError }),
      onConnect: (client) => setDeadlines(client, plan),
    });
    pool.on("error", onError);
    pool.on("acquire", (client) => idle.delete(client as unknown as DeadlineClient));
    pool.on("remove", (client) => idle.delete(client as unknown as DeadlineClient));
    pool.on("release", (error, client) => {
      if (!error) idle.add(client as unknown as DeadlineClient);
    });
    return pool;
  };
}

/**
 * Tells Postgres this connection's deadlines. A statement of its own rather than startup parameters, because a pooler such as
 * PgBouncer refuses connections with parameters that it does not know. The keepalives make Postgres notice a client that
 * vanished without a word, and let go of its locks, after about 25 s instead of two hours.
 */
async function setDeadlines(client: pg.ClientBase, plan: Deadlines): Promise<void> {
  const settings = {
    statement_timeout: plan.statementMs,
    lock_timeout: plan.lockMs,
    idle_in_transaction_session_timeout: plan.idleInTransactionMs,
    transaction_timeout: plan.transactionMs,
    tcp_keepalives_idle: 10,
    tcp_keepalives_interval: 5,
    tcp_keepalives_count: 3,
    tcp_user_timeout: 25_000,
  };
  await client.query(
    `SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS setting(name, value)`,
    [Object.keys(settings), Object.values(settings).map(String)],
  );
}
