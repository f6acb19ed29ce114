import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectPostgres, type Postgres, planPools } from "../../app/platform/postgres";
import type { Runtime } from "../../app/runtime/create-runtime";
import { createDatabaseProbe } from "../../app/stores/postgres/database-probe";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { createFallbackRows } from "../../app/stores/postgres/fallback-rows";
import { createMarks } from "../../app/stores/postgres/marks";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import { createBreaker } from "../../app/tracker/breaker";
import { reconcileRows } from "../../app/tracker/reconcile";
import { createTracker } from "../../app/tracker/record";
import type { PlacedTarget, View } from "../../app/tracker/view";
import { hourOf, planWindow } from "../../app/tracker/window";
import { readAs } from "../support/readers";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy";
import { until } from "../support/until";
import { anonymous, createStory, viewOf } from "../support/views";

const window = planWindow(24, 6);
const COUNTING_MS = 1500;
/** As in production, but so short that a test can wait for them. */
const PLANS = {
  ...planPools(COUNTING_MS),
  work: {
    max: 3,
    statementMs: 1500,
    lockMs: 300,
    idleInTransactionMs: 1000,
    transactionMs: 5000,
    answerMs: 2000,
    connectMs: 1000,
  },
};

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let proxy: TcpProxy;
let throughProxy: string;
let redis: Awaited<ReturnType<typeof connectTestRedis>>["redis"];
const scratch = scratchDirectory("deadlines");
const opened: Postgres[] = [];
let serial = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  const url = new URL(database.url);
  proxy = await startTcpProxy(Number(url.port));
  url.port = String(proxy.port);
  throughProxy = url.href;
  ({ redis } = await connectTestRedis(11));
});
beforeEach(async () => {
  await redis.flushdb();
  await database.pool.query(`UPDATE "StoryView" SET "reconciledAt" = now()`);
});
afterAll(async () => {
  await Promise.all(opened.map((postgres) => postgres.close()));
  redis?.disconnect();
  await proxy?.stop();
  await database?.drop();
  scratch.remove();
});

const newStory = () => createStory(database.pool, `deadline-${serial++}`, 1);
/** The pools of a process; their connections go through the proxy if asked. */
function openPools(url = database.url) {
  const postgres = connectPostgres(url, {
    plans: PLANS,
    onError: () => undefined,
  });
  opened.push(postgres);
  return postgres;
}
async function took(work: () => Promise<unknown>) {
  const startedAt = performance.now();
  const error = await work().then(
    () => null,
    (reason: Error) => reason,
  );
  return { ms: performance.now() - startedAt, error };
}
const readCount = async (story: PlacedTarget) =>
  (await database.pool.query(`SELECT "readCount" FROM "Story" WHERE id = $1`, [story.id])).rows[0].readCount;

/** Keeps a story's row locked, as an editor's open transaction would. */
async function lockRow(story: PlacedTarget) {
  const client = new pg.Client({ connectionString: database.url });
  // Dropping the database ends it, if the test has not.
  client.on("error", () => undefined);
  await client.connect();
  await client.query("BEGIN");
  await client.query(`UPDATE "Story" SET title = title WHERE id = $1`, [story.id]);
  return () => client.end();
}

/** A tracker that counts in Postgres, as a web process does while Redis is away, with what its journal took. */
function trackerOn({ pools }: Postgres) {
  const journalled: View[] = [];
  const changes: string[] = [];
  const breaker = createBreaker({
    timeoutMs: COUNTING_MS,
    probe: createDatabaseProbe(pools.probe, "web-test"),
    onChange: ({ open, reason }) => changes.push(open ? `open: ${reason}` : "closed"),
  });
  const tracker = createTracker({
    redis: null,
    database: {
      store: createDatabaseViews(pools.counting, window, { timeoutMs: COUNTING_MS }),
      breaker,
    },
    journal: {
      append: async (views) => {
        journalled.push(...views);
      },
      size: () => journalled.length,
    },
    onRefused: (error) => {
      throw error;
    },
  });
  return { tracker, breaker, journalled, changes };
}

describe("a connection to Postgres", () => {
  it("has deadlines in Postgres too, whatever it is for", async () => {
    const { pools } = openPools();
    for (const [purpose, pool] of Object.entries(pools)) {
      const plan = PLANS[purpose as keyof typeof pools];
      const { rows } = await pool.query(
        `SELECT name, setting::int AS ms FROM pg_settings
         WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout', 'tcp_keepalives_idle')`,
      );
      expect(Object.fromEntries(rows.map(({ name, ms }) => [name, ms])), purpose).toEqual({
        statement_timeout: plan.statementMs,
        lock_timeout: plan.lockMs,
        idle_in_transaction_session_timeout: plan.idleInTransactionMs,
        transaction_timeout: plan.transactionMs,
        tcp_keepalives_idle: 10,
      });
      for (const ms of [plan.statementMs, plan.lockMs]) expect(ms).toBeLessThan(plan.answerMs);
    }
  });

  it("that is dead is closed at its deadline, and never used again", async () => {
    const { pools } = openPools(throughProxy);
    const client = await pools.counting.connect();
    await client.query("SELECT 1");
    proxy.deaden();
    const { ms, error } = await took(() => client.query("SELECT 1"));
    expect(error?.message).toMatch(/did not answer within/);
    expect(ms).toBeLessThan(PLANS.counting.answerMs + 5000);
    client.release();
    expect(pools.counting.totalCount).toBe(0);
    expect((await pools.counting.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });

  it("is closed in the middle of one of Prisma's transactions as well", async () => {
    const { db, pools } = openPools(throughProxy);
    const { ms, error } = await took(() =>
      db.$transaction(
        async (tx) => {
          await tx.story.count();
          proxy.deaden();
          await tx.story.count();
        },
        { timeout: 20_000 },
      ),
    );
    expect(error).not.toBeNull();
    expect(ms).toBeLessThan(PLANS.pages.answerMs + 10_000);
    await until("the pool has forgotten it", () => pools.pages.totalCount === 0, 2000);
    expect(await db.story.count()).toBeGreaterThanOrEqual(0);
  }, 30_000);

  it("waits for its turn in a busy pool only so long", async () => {
    const { pools } = openPools();
    const busy = await Promise.all(Array.from({ length: PLANS.work.max }, () => pools.work.connect()));
    const { ms, error } = await took(() => pools.work.query("SELECT 1"));
    expect(error?.message).toMatch(/timeout exceeded when trying to connect/);
    expect(ms).toBeLessThan(PLANS.work.connectMs + 5000);
    for (const client of busy) client.release();
  });
});

describe("when every connection of a process goes dead at once", () => {
  it("it is well again within seconds: pages, counting and the breaker", async () => {
    const postgres = openPools(throughProxy);
    const { db, pools } = postgres;
    const { tracker, breaker } = trackerOn(postgres);
    const { story } = await newStory();
    const everyConnection = [
      ...Array.from({ length: 5 }, () => pools.counting),
      ...Array(8).fill(pools.pages),
    ];
    await Promise.all(everyConnection.map((pool) => pool.query("SELECT pg_sleep(0.2)")));
    await createDatabaseProbe(pools.probe, "web-test")();
    proxy.deaden();
    expect((await tracker.record(viewOf([story], anonymous("first")))).path).toBe("journal");
    await until(
      "views are counted in the database again",
      async () => (await tracker.record(viewOf([story], anonymous(serial++)))).path === "database",
      20_000,
      100,
    );
    // The first connection that missed its deadline took the idle ones of all pools with it.
    const { ms, error } = await took(() => db.story.count());
    expect(error).toBeNull();
    expect(ms).toBeLessThan(PLANS.pages.answerMs / 2);
    breaker.stop();
  });

  it("a real web process counts again, and serves stories that it has not met", async () => {
    const { story } = await newStory();
    const { rows } = await database.pool.query(`SELECT slug FROM "Story" WHERE id = $1`, [story.id]);
    const unmet = `unmet-${serial++}`;
    await createStory(database.pool, unmet);
    const runtime: Runtime = await createTestRuntime({
      DATABASE_URL: throughProxy,
      JOURNAL_DIR: path.join(scratch.dir, "dead"),
    });
    try {
      for (let i = 0; i < 20; i += 1)
        expect((await readAs(runtime.countView, rows[0].slug, 100 + i)).path).toBe("database");
      proxy.deaden();
      await until(
        "a new story is counted in the database",
        async () => (await readAs(runtime.countView, unmet, serial++)).path === "database",
        20_000,
        200,
      );
      expect(await runtime.db.story.count()).toBeGreaterThan(0);
    } finally {
      await runtime.close();
    }
  });
});

describe("a process that goes dead in the middle of a transaction", () => {
  it("of the sync holds up another one only until its deadline", async () => {
    const { story } = await newStory();
    const buffer = { hour: hourOf(Date.now()), birth: "deadly", ledger: "deadly" };
    const counts = new Map([[`s${story.id}`, 3]]);
    const dead = openPools(throughProxy);
    // Postgres gets everything up to the marks; the COMMIT never arrives.
    await dead.pools.work.query("SELECT 1");
    const marks = createMarks(
      cutBefore(dead.pools.work, /^COMMIT$/, () => {
        proxy.deaden();
      }),
    );
    const first = marks.apply(story.id % 4, buffer, counts, 3).catch((error: Error) => error);
    const healthy = createMarks(openPools().pools.work);
    await until("the dead one holds the lock", async () => (await locks("advisory")) > 0);
    const startedAt = performance.now();
    await until("the healthy one gets through", async () => {
      const { left } = await healthy.apply(story.id % 4, buffer, counts, 3);
      return left === 0;
    });
    expect(performance.now() - startedAt).toBeLessThan(PLANS.work.idleInTransactionMs + 8000);
    expect(await first).toBeInstanceOf(Error);
    expect(await readCount(story)).toBe(3);
  });

  it("of reconcile does not keep others from it for longer than its deadline", async () => {
    const { story } = await newStory();
    const inRedis = createRedisViews(redis, window);
    await createDatabaseViews(database.pool, window).record([viewOf([story], anonymous("a"))]);
    const dead = openPools(throughProxy);
    await dead.pools.work.query("SELECT 1");
    const first = reconcileRows(inRedis, createFallbackRows(dead.pools.work, window), (label) => {
      if (label === "reconcile:redis-taught") proxy.deaden();
    }).catch((error: Error) => error);
    await until("the dead one holds the lock", async () => (await locks("advisory")) > 0);
    const rows = createFallbackRows(openPools().pools.work, window);
    const startedAt = performance.now();
    await until(
      "another one reconciles the row",
      async () => (await reconcileRows(inRedis, rows)).rows === 1,
    );
    expect(performance.now() - startedAt).toBeLessThan(PLANS.work.idleInTransactionMs + 8000);
    expect(await first).toBeInstanceOf(Error);
    expect(await readCount(story)).toBe(1);
  });
});

describe("a locked story row", () => {
  it("sends only its own views to the journal; all others are counted in the database", async () => {
    const postgres = openPools();
    const { tracker, breaker, journalled, changes } = trackerOn(postgres);
    const locked = await newStory();
    const others = await Promise.all(Array.from({ length: 20 }, newStory));
    const release = await lockRow(locked.story);
    let views = 0;
    for (let turn = 0; turn < 5; turn += 1) {
      const outcomes = await Promise.all([
        tracker.record(viewOf([locked.story], anonymous(`locked ${turn}`))),
        ...others.map(({ story }) => tracker.record(viewOf([story], anonymous(turn)))),
      ]);
      views += others.length;
      expect(outcomes.map(({ path: where }) => where)).toEqual(["journal", ...others.map(() => "database")]);
    }
    expect(journalled).toHaveLength(5);
    expect(changes).toEqual([]);
    const counted = await Promise.all(others.map(({ story }) => readCount(story)));
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(views);
    // No statement still waits for the row, and no connection was lost to it.
    expect(await locks("transactionid")).toBe(0);
    const { pools } = postgres;
    expect(pools.counting.idleCount).toBe(pools.counting.totalCount);
    await release();
    expect((await tracker.record(viewOf([locked.story], anonymous("later")))).path).toBe("database");
    breaker.stop();
  });

  it("is waited for by the first view only: the next ones are told apart at once", async () => {
    const { tracker, breaker } = trackerOn(openPools());
    const locked = await newStory();
    const release = await lockRow(locked.story);
    await tracker.record(viewOf([locked.story], anonymous("first")));
    const { ms } = await took(async () => {
      for (let i = 0; i < 10; i += 1) await tracker.record(viewOf([locked.story], anonymous(i)));
    });
    expect(ms).toBeLessThan(10 * PLANS.counting.lockMs);
    await release();
    breaker.stop();
  });

  it("makes the sync's transaction give up, and reconcile leave only its row", async () => {
    const { story } = await newStory();
    const other = await newStory();
    const { pools } = openPools();
    const inRedis = createRedisViews(redis, window);
    const who = anonymous("a");
    // Redis knows this reader: both rows are to be retracted, which needs the stories' rows.
    await inRedis.record([viewOf([story], who), viewOf([other.story], who)]);
    await createDatabaseViews(database.pool, window).record([
      viewOf([story], who),
      viewOf([other.story], who),
    ]);
    const release = await lockRow(story);
    const buffer = { hour: hourOf(Date.now()), birth: "locked", ledger: "locked" };
    const counts = new Map([[`s${story.id}`, 1]]);
    const startedAt = performance.now();
    const applied = await createMarks(pools.work).apply(story.id % 4, buffer, counts, 1);
    const ms = performance.now() - startedAt;
    expect(applied).toMatchObject({ views: 0, left: 1, problem: expect.stringContaining("lock timeout") });
    expect(ms).toBeLessThan(PLANS.work.lockMs + 5000);
    const rows = createFallbackRows(pools.work, window);
    const done = await reconcileRows(inRedis, rows);
    expect(done).toMatchObject({ rows: 1, retracted: 1 });
    expect(done.errors[0]?.message).toMatch(/lock timeout/);
    expect(await readCount(other.story)).toBe(0);
    await release();
    expect(await reconcileRows(inRedis, rows)).toMatchObject({ rows: 1, retracted: 1, errors: [] });
  });
});

describe("a table that a migration keeps locked", () => {
  it("opens the breaker once, until it is free: it does not flap", async () => {
    const { tracker, breaker, changes } = trackerOn(openPools());
    const { story } = await newStory();
    const client = new pg.Client({ connectionString: database.url });
    client.on("error", () => undefined);
    await client.connect();
    await client.query(`BEGIN; LOCK TABLE "Story"`);
    const startedAt = Date.now();
    while (Date.now() - startedAt < 3000) {
      expect((await tracker.record(viewOf([story], anonymous(serial++)))).path).toBe("journal");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(changes).toHaveLength(1);
    await client.end();
    await until(
      "views are counted again",
      async () => (await tracker.record(viewOf([story], anonymous(serial++)))).path === "database",
    );
    expect(changes).toHaveLength(2);
    breaker.stop();
  });
});

describe("a row that cannot take another view", () => {
  it("refuses only its own views: a count that is full, among 60 stories", async () => {
    const postgres = openPools();
    const { tracker, breaker, journalled, changes } = trackerOn(postgres);
    const stories = await Promise.all(Array.from({ length: 60 }, newStory));
    const full = stories[23] as (typeof stories)[number];
    await database.pool.query(`UPDATE "Story" SET "readCount" = 9223372036854775807 WHERE id = $1`, [
      full.story.id,
    ]);
    const outcomes = await Promise.all(
      stories.flatMap(({ story }) =>
        [1, 2].map((who) => tracker.record(viewOf([story], anonymous(`${who}`)))),
      ),
    );
    expect(outcomes.filter(({ path: where }) => where === "journal")).toHaveLength(2);
    expect(outcomes.filter(({ path: where }) => where === "database")).toHaveLength(118);
    expect(new Set(journalled.map((view) => view.offers[0].id))).toEqual(new Set([full.story.id]));
    expect(changes).toEqual([]);
    breaker.stop();
  });
});

describe("a Postgres that only reads", () => {
  it("opens the breaker once, and is left for the address's new primary", async () => {
    const postgres = openPools();
    const { tracker, breaker, changes } = trackerOn(postgres);
    const { story } = await newStory();
    expect((await tracker.record(viewOf([story], anonymous("before")))).path).toBe("database");
    const name = new URL(database.url).pathname.slice(1);
    const readOnly = async (on: boolean) => {
      await database.pool.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${on}`);
      if (!on) return;
      // Connections that exist already are demoted too, as those to a demoted primary are.
      for (const pool of Object.values(postgres.pools)) {
        const clients = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
        for (const client of clients) {
          await client.query("SET default_transaction_read_only = on");
          client.release();
        }
      }
    };
    await readOnly(true);
    const startedAt = Date.now();
    let views = 0;
    while (Date.now() - startedAt < 4000) {
      expect((await tracker.record(viewOf([story], anonymous(views)))).path).toBe("journal");
      views += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatch(/^open: cannot execute/);
    const admin = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL });
    await admin.connect();
    await admin.query(`ALTER DATABASE ${name} SET default_transaction_read_only = off`);
    await admin.end();
    await until("the breaker closes", () => changes.length === 2);
    expect(changes[1]).toBe("closed");
    // No demoted connection is left in the pool.
    for (let i = 0; i < 5; i += 1)
      expect((await tracker.record(viewOf([story], anonymous(`after ${i}`)))).path).toBe("database");
    expect(changes).toHaveLength(2);
    breaker.stop();
  });
});

/** Transactions of this database that wait for a lock of this kind or, for advisory locks, hold one. */
async function locks(kind: "advisory" | "transactionid") {
  const { rows } = await database.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE datname = current_database() AND locktype = $1 AND (locktype = 'advisory' OR NOT granted)`,
    [kind],
  );
  return rows[0]?.count ?? 0;
}

/** The pool, calling `before` ahead of each statement that matches. */
function cutBefore(pool: pg.Pool, statement: RegExp, before: () => void): pg.Pool {
  return new Proxy(pool, {
    get(target, name) {
      if (name !== "connect") return Reflect.get(target, name);
      return async () => {
        const client = await target.connect();
        return new Proxy(client, {
          get(real, property) {
            const value = Reflect.get(real, property);
            if (property !== "query") return typeof value === "function" ? value.bind(real) : value;
            return (text: string, values?: unknown[]) => {
              if (statement.test(text)) before();
              return real.query(text, values);
            };
          },
        });
      };
    },
  });
}
