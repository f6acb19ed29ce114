import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { dispatchAction } from "../../app/console/dispatch-action";
import { DRILL_ACTIONS } from "../../app/pages/drill/actions";
import { SYNC_ACTIONS } from "../../app/pages/sync/actions/sync-actions";
import type { Runtime } from "../../app/runtime/create-runtime";
import { startReconcile } from "../../app/runtime/start-reconcile";
import { createMarks } from "../../app/stores/postgres/marks";
import { readLedger } from "../../app/telemetry/ledger/read-ledger";
import { recordLedger } from "../../app/telemetry/ledger/record-ledger";
import { liveStream } from "../../server/live-stream";
import { refreshUnsynced, startRememberingUnsynced } from "../../worker/remember-unsynced";
import { runSync } from "../../worker/run-sync";
import { addTestChannel } from "./channels";
import { injectClock } from "./injected-clock";
import { startOwnRedis } from "./own-redis";
import { createTestRuntime, scratchDirectory } from "./runtime";
import { createTestDatabase } from "./services";
import { until } from "./until";
import { createStory } from "./views";
import { watchOverview } from "./watching-operator";
import { startWebhookServer } from "./webhook-server";

/** The story that is read. */
export const SLUG = "the-tide";
const OPERATOR = { email: "ola@x.example", name: "Ola Brandt", role: "OPS" as const, passwordHash: "" };

const redisOf = ({ redisViews }: Runtime) => {
  if (!redisViews) throw new Error("this process does not count in Redis");
  return redisViews;
};

/**
 * A whole site in this process, with the real parts of a web process and of a worker, on a Redis and a database of its own and by an
 * injected clock (see injected-clock): alerts go to a real receiver, and an operator watches the overview. `stop` ends all of it.
 */
export async function startIncidentSite() {
  const scratch = scratchDirectory("incident");
  const [database, redis, receiver] = await Promise.all([
    createTestDatabase(),
    startOwnRedis(),
    startWebhookServer(),
  ]);
  const clock = await injectClock(database.pool, database.url);
  const settings = {
    DATABASE_URL: database.url,
    JOURNAL_DIR: scratch.dir,
    REDIS_URL: redis.url,
    // That of the channel's secrets.
    SESSION_SECRET: "the session secret of the tests",
    WEBHOOK_ALLOW_PRIVATE: "true",
    PUBLIC_URL: "https://stories.example",
    // A busy machine is not an outage.
    VIEW_REDIS_TIMEOUT_MS: "800",
    VIEW_DATABASE_TIMEOUT_MS: "10000",
    VIEW_RECONCILE_INTERVAL_SECONDS: "5",
  };
  const web = await createTestRuntime(settings);
  const worker = await createTestRuntime(settings, "worker");
  const stops = [
    startReconcile(worker, redisOf(worker)),
    startRememberingUnsynced(worker.pools.work, redisOf(worker), () => undefined),
  ];
  /** The worker, which counts nothing, may learn later than the web process that Redis is away. */
  const untilMode = (name: "redis" | "database") =>
    until(
      `views are counted in ${name}`,
      () => web.mode().mode === name && (name === "database" || worker.mode().mode === name),
    );
  await untilMode("redis");
  await createStory(database.pool, SLUG);
  await addTestChannel(database.db, "webhook", { url: receiver.url, secret: "a secret of the tests" });

  const user = await database.db.user.create({ data: OPERATOR });
  const session = await web.sessions.storage.getSession();
  session.set("userId", user.id);
  const cookie = (await web.sessions.storage.commitSession(session)).split(";")[0] ?? "";
  const server: Server = createServer(express().use(liveStream(web)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const operator = await watchOverview(origin, cookie);

  /** Sends a form of an operators' page, as its route does. */
  async function submit(page: "sync" | "drill", fields: Record<string, string>) {
    const request = new Request(`${origin}/admin/${page}`, {
      method: "POST",
      headers: { Cookie: cookie },
      body: new URLSearchParams(fields),
    });
    const args = { context: { runtime: web, log: web.log }, request } as unknown as Parameters<
      typeof dispatchAction
    >[0];
    return page === "sync"
      ? dispatchAction(args, "sync.view", SYNC_ACTIONS)
      : dispatchAction(args, "alerts.view", DRILL_ACTIONS);
  }

  return {
    ...{ database, redis, clock, web, operator, submit, untilMode },
    /** The notifications of a rule that the receiver has got, in order. */
    notified: (rule: string) =>
      receiver.received
        .map(({ body }) => JSON.parse(body) as { event: string; alert: { rule: string; says: string } })
        .filter(({ alert }) => alert.rule === rule)
        .map(({ event, alert }) => ({ event, says: alert.says })),
    /** What was to be sent of an alert to the receiver, in order. */
    deliveries: (alertId: number) =>
      database.db.delivery.findMany({
        where: { alertId, channel: { kind: "webhook" } },
        orderBy: { id: "asc" },
      }),
    /** As it is now: pages share a reading for a second. */
    readLedger: () => readLedger(database.pool, redisOf(web)),
    sync: () =>
      runSync(
        {
          db: worker.db,
          redis: redisOf(worker),
          marks: createMarks(worker.pools.work),
          refreshUnsynced: (before) => refreshUnsynced(worker.pools.work, redisOf(worker), before),
          recordLedger: () => recordLedger(worker.pools.work, redisOf(worker), worker.window),
        },
        "test",
      ),
    async stop() {
      operator.leave();
      web.changes.close();
      server.close();
      // A test that failed in the middle of an outage left it there.
      redis.thaw();
      await Promise.all(stops.map((stop) => stop()));
      await web.close();
      await worker.close();
      await receiver.stop();
      await redis.remove();
      await database.drop();
      scratch.remove();
    },
  };
}
