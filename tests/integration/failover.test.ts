import type { AddressInfo } from "node:net";
import express from "express";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Runtime } from "../../app/runtime/create-runtime";
import { freePort } from "../../scripts/services/free-port";
import { queueBoard } from "../../server/queue-board";
import { startSync } from "../../worker/sync-worker";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { readAs } from "../support/readers";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy";
import { until } from "../support/until";
import { createStory } from "../support/views";

/** BullMQ's blocking command may be silent for ten seconds and a worker's for 15, so a dead connection is found after that. */
const RECOVERS_WITHIN_MS = 40_000;
const INTERVAL_HOURS = 2 / 3600;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let first: OwnRedis;
let second: OwnRedis;
let proxy: TcpProxy;
let runtime: Runtime;
let worker: Runtime;
let stopSync: () => Promise<void>;
let board: ReturnType<ReturnType<typeof express>["listen"]>;
let readers = 0;
const scratch = scratchDirectory("failover");

beforeAll(async () => {
  database = await createTestDatabase();
  await createStory(database.pool, "moving");
});
beforeEach(async () => {
  [first, second] = await Promise.all([startOwnRedis(), startOwnRedis()]);
  await second.ask((client) => client.replicaof("127.0.0.1", first.port));
  proxy = await startTcpProxy(first.port);
  const url = `redis://127.0.0.1:${proxy.port}`;
  const settings = {
    DATABASE_URL: database.url,
    REDIS_URL: url,
    JOURNAL_DIR: scratch.dir,
    VIEW_REDIS_TIMEOUT_MS: "400",
    VIEW_SYNC_INTERVAL_HOURS: String(INTERVAL_HOURS),
  };
  runtime = await createTestRuntime(settings);
  worker = await createTestRuntime(settings, "worker");
  if (!worker.redisViews) throw new Error("this runtime counts in Redis");
  stopSync = startSync(worker, worker.redisViews, url, () => undefined);
  const operator = { id: 1, name: "Ola", email: "ola@example.test", role: "OPS" };
  const signedIn = { ...runtime, sessions: { userOf: async () => operator } } as unknown as Runtime;
  board = express().use(queueBoard(signedIn)).listen(0, "127.0.0.1");
  await until("everything works", () => everythingWorks("before"));
  await until("the replica has it all", () => second.ask(inSync));
});
afterEach(async () => {
  board?.close();
  await stopSync?.();
  await Promise.all([runtime?.close(), worker?.close()]);
  await proxy?.stop();
  await Promise.all([first?.remove(), second?.remove()]);
});
afterAll(async () => {
  await database?.drop();
  scratch.remove();
});

const inSync = async (client: { info(section: string): Promise<string> }) =>
  /master_link_status:up/.test(await client.info("replication"));

/** The replica takes over, and new connections reach it. */
async function promoteSecond() {
  await second.ask((client) => client.replicaof("NO", "ONE"));
  proxy.moveTo(second.port);
}

const counting = async () => {
  readers += 1;
  return (await readAs(runtime.countView, "moving", readers)).path === "redis";
};
async function runsNow(trigger: string) {
  const since = new Date();
  const request = await runtime.queue.runNow(trigger);
  if (!request.ok) return false;
  // A sync in the very moment of the failover may fail, as one that finds the worker's other connection still at the old primary.
  await until("the requested sync ends", () => ended(trigger, since), RECOVERS_WITHIN_MS);
  return ran(trigger, since);
}
const ended = async (trigger: string, since: Date) =>
  (await database.db.syncRun.count({
    where: { trigger, startedAt: { gte: since }, endedAt: { not: null } },
  })) > 0;
const ran = async (trigger: string, since: Date) =>
  (await database.db.syncRun.count({
    where: { trigger, startedAt: { gte: since }, endedAt: { not: null }, error: null },
  })) > 0;
async function boardWorks() {
  const { port } = board.address() as AddressInfo;
  const queues = `http://127.0.0.1:${port}/admin/queues/board/api/queues`;
  const shown = await fetch(queues, { signal: AbortSignal.timeout(5000) });
  // Changes as well: an old primary answers what only reads.
  const cleaned = await fetch(`${queues}/tidemark-sync/clean/completed`, {
    method: "PUT",
    headers: { "X-Reason": "to see whether it works" },
    signal: AbortSignal.timeout(5000),
  });
  return shown.ok && cleaned.ok;
}
const everythingWorks = async (name: string) =>
  (await counting()) &&
  (await runsNow(`run now by ${name}`)) &&
  (await ran("schedule", new Date(0))) &&
  boardWorks();

/** Counting, "Run now", the schedule and the board, each on its own, after the failover. */
async function recovers() {
  const since = new Date();
  const parts = [
    ["counting", counting],
    ["the schedule", () => ran("schedule", since)],
    ["run now", () => runsNow("run now by the test")],
    ["the queue board", boardWorks],
  ] as const;
  await Promise.all(parts.map(([what, works]) => until(what, works, RECOVERS_WITHIN_MS, 100)));
}

describe("a failover of Redis is followed by every connection, without a restart", {
  timeout: 90_000,
}, () => {
  it("when the old primary becomes a replica and answers READONLY", async () => {
    await promoteSecond();
    await first.ask((client) => client.replicaof("127.0.0.1", second.port));
    await recovers();
  });

  it("when the old primary becomes a replica that has lost its primary and answers MASTERDOWN", async () => {
    await promoteSecond();
    const nobody = await freePort();
    await first.ask(async (client) => {
      await client.config("SET", "replica-serve-stale-data", "no");
      await client.replicaof("127.0.0.1", nobody);
    });
    await recovers();
  });

  it("when the connections to the old primary go dead without a FIN", async () => {
    await promoteSecond();
    proxy.deaden();
    await recovers();
  });

  it("when an idle blocking connection is silent by design, nothing is replaced", async () => {
    const ids = async () =>
      ((await first.ask((client) => client.call("CLIENT", "LIST", "TYPE", "normal"))) as string)
        .split("\n")
        .filter((line) => /name=\{tidemark\}/.test(line))
        .map((line) => /^id=(\d+)/.exec(line)?.[1]);
    await runtime.settings.change(
      { id: null, email: "ops@example.test" },
      "sync",
      (value) => ({ ...value, intervalHours: 12 }),
      { action: "sync.interval", reason: "a quiet test" },
    );
    await until("the blocking command is under way", async () => (await ids()).length === 1);
    const before = await ids();
    // Longer than one block of ten seconds.
    await new Promise((resolve) => setTimeout(resolve, 13_000));
    expect(await ids()).toEqual(before);
    await database.db.setting.deleteMany();
  });
});
