import { mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliverDue } from "../../app/alerts/deliver";
import { createTellerLease } from "../../app/alerts/postgres-away/teller-lease";
import { type PostgresWatch, watchPostgres } from "../../app/alerts/postgres-away/watch-postgres";
import { ensureRules } from "../../app/alerts/rules";
import { connectDatabase } from "../../app/platform/postgres";
import { scratchFolder } from "../../scripts/services/reaper";
import { type Store, startPostgresStore } from "../faults/stores";
import { addTestChannel, SECRETS } from "../support/channels";
import { connectTestRedis } from "../support/services";
import { until } from "../support/until";
import { startWebhookServer } from "../support/webhook-server";

let postgres: Store;
let scratch: string;
let database: ReturnType<typeof connectDatabase>;
let receiver: Awaited<ReturnType<typeof startWebhookServer>>;
let redis: Redis;
let dir: string;
let clock: Date;
let told: string[];

beforeAll(async () => {
  scratch = scratchFolder("postgres");
  postgres = await startPostgresStore(scratch);
  // What does not answer is given up soon, as on a site.
  database = connectDatabase(postgres.url, { onError: () => undefined, answerMs: 2000, connectMs: 2000 });
  receiver = await startWebhookServer();
  redis = (await connectTestRedis(11)).redis;
  await ensureRules(database.db);
}, 120_000);
afterAll(async () => {
  await receiver?.stop();
  redis?.disconnect();
  await database?.db.$disconnect();
  await database?.pool.end();
  await postgres?.stop();
  rmSync(scratch, { recursive: true, force: true });
});
beforeEach(async () => {
  clock = new Date("2026-03-02T12:00:00Z");
  told = [];
  receiver.received.length = 0;
  receiver.answerWith({ status: 204 });
  await redis.flushdb();
  dir = mkdtempSync(path.join(tmpdir(), "lease-"));
  await database.pool.query(`DELETE FROM "Delivery"`);
  await database.pool.query(`DELETE FROM "Alert"`);
  await database.pool.query(`DELETE FROM "AlertChannel" WHERE kind <> 'inbox'`);
  await database.pool.query(`UPDATE "AlertRule" SET enabled = true, "silencedUntil" = NULL`);
  return () => rmSync(dir, { recursive: true, force: true });
});

const sending = () => ({
  db: database.db,
  pool: database.pool,
  allowPrivate: true,
  mail: null,
  secrets: SECRETS,
});
/** A web process's watch. */
const watch = (process: string, { machine = dir, shared = redis as Redis | null } = {}): PostgresWatch =>
  watchPostgres({
    ...sending(),
    process,
    publicUrl: "https://stories.example",
    lease: createTellerLease({ redis: shared, prefix: "", dir: machine, process }),
    onTold: ({ channel, error }) => told.push(`${channel}: ${error ?? "ok"}`),
  });
const pass = (seconds: number) => {
  clock = new Date(clock.getTime() + seconds * 1000);
};
/** Lets time pass, with a look at Postgres by each process every five seconds. */
async function seconds(count: number, watches: PostgresWatch[]) {
  for (let second = 0; second < count; second += 5) {
    await Promise.all(watches.map((one) => one.poll(clock)));
    pass(5);
  }
}
const back = async () => {
  await postgres.start();
  await until("Postgres answers", () =>
    database.pool.query("SELECT 1").then(
      () => true,
      () => false,
    ),
  );
};
const add = (change: { leastSeverity?: "critical"; path?: string } = {}) =>
  addTestChannel(
    database.db,
    "webhook",
    { url: `${receiver.url}${change.path ?? ""}`, secret: "a secret of the tests" },
    { leastSeverity: change.leastSeverity ?? "notice", name: `hook${change.path ?? ""}` },
  );
const events = () => receiver.received.map(({ path, body }) => `${path} ${JSON.parse(body).event}`);
const deliver = async () => {
  while (await deliverDue({ ...sending(), onFailure: () => undefined }, clock));
};

describe("Postgres is away", () => {
  it("and the channels are told by one process, told of its end by the outbox, and all of it is written down", async () => {
    await add();
    const watches = [watch("web-1"), watch("web-2"), watch("web-3")];
    await seconds(10, watches);
    const stoppedAt = clock;
    await postgres.kill();
    await seconds(30, watches);
    expect(events(), "not before the rule's limit").toEqual([]);
    await seconds(60, watches);
    expect(events()).toEqual(["/hook firing"]);
    expect(told).toEqual(["hook: ok"]);
    const body = JSON.parse(receiver.received[0]?.body ?? "");
    expect(body).toMatchObject({
      key: "postgres-away",
      alert: { rule: "postgres-away", title: "Postgres is away", severity: "critical", threshold: 30 },
      runbook: "https://stories.example/admin/runbook#postgres-is-down",
    });
    expect(receiver.received[0]?.headers["x-tidemark-signature"]).toMatch(/^v1=/);

    await back();
    await seconds(10, watches);
    await deliver();
    expect(events()).toEqual(["/hook firing", "/hook resolved"]);
    expect(JSON.parse(receiver.received[1]?.body ?? "")).toMatchObject({ key: "postgres-away" });
    const alerts = await database.db.alert.findMany();
    expect(alerts).toMatchObject([
      {
        rule: "postgres-away",
        phase: "resolved",
        severity: "critical",
        pendingAt: stoppedAt,
        message: "Postgres did not answer for 90 seconds; it is back.",
      },
    ]);
    const rows = await database.db.delivery.findMany({
      orderBy: { id: "asc" },
      include: { channel: true, log: true },
    });
    expect(
      rows.map((row) => [row.channel.kind, row.event, row.deliveredAt !== null, row.log.length]),
    ).toEqual([
      ["inbox", "firing", true, 0],
      ["webhook", "firing", true, 1],
      ["inbox", "resolved", true, 0],
      ["webhook", "resolved", true, 1],
    ]);
    expect(rows.every(({ alertId }) => alertId === alerts[0]?.id)).toBe(true);
  }, 60_000);

  it("frozen, with its connections open, is noticed as well", async () => {
    await add();
    const one = watch("web-1");
    await one.poll(clock);
    postgres.freeze();
    try {
      await seconds(35, [one]);
    } finally {
      postgres.thaw();
    }
    expect(events()).toEqual(["/hook firing"]);
    await until("it is written down", async () => {
      await one.poll(clock).catch(() => undefined);
      return (await database.db.alert.count().catch(() => 0)) === 1;
    });
  }, 60_000);

  it("for less than the limit, or with its rule silenced or disabled, tells nothing", async () => {
    await add();
    const one = watch("web-1");
    await one.poll(clock);
    await postgres.kill();
    await seconds(25, [one]);
    await back();
    await seconds(10, [one]);
    await database.pool.query(`UPDATE "AlertRule" SET enabled = false WHERE kind = 'postgres-away'`);
    await one.poll(clock);
    await postgres.kill();
    await seconds(120, [one]);
    await back();
    await one.poll(clock);
    expect(events()).toEqual([]);
    expect(await database.db.alert.count()).toBe(0);
  }, 60_000);

  it("without Redis, one process per machine tells, and another takes over when that one has died", async () => {
    await add();
    const elsewhere = mkdtempSync(path.join(tmpdir(), "lease-"));
    const [a, b] = [watch("web-1", { shared: null }), watch("web-2", { shared: null })];
    const c = watch("web-3", { shared: null, machine: elsewhere });
    await seconds(5, [a, b, c]);
    await postgres.kill();
    await seconds(60, [a, b, c]);
    expect(events()).toEqual(["/hook firing", "/hook firing"]);
    const longAgo = new Date(Date.now() - 61_000);
    utimesSync(path.join(dir, "postgres-away.lease"), longAgo, longAgo);
    await seconds(5, [b]);
    expect(events()).toHaveLength(3);
    await back();
    await seconds(5, [b, c]);
    rmSync(elsewhere, { recursive: true, force: true });
  }, 60_000);

  it("a channel that cannot be told is tried again, and its miss is in the log afterwards", async () => {
    await add({ path: "/down" });
    receiver.answerWith({ status: 500 });
    const one = watch("web-1");
    await seconds(5, [one]);
    await postgres.kill();
    await seconds(60, [one]);
    expect(events()).toEqual(["/hook/down firing", "/hook/down firing"]);
    const ids = receiver.received.map(({ headers }) => headers["x-tidemark-delivery"]);
    expect(new Set(ids).size).toBe(1);
    await back();
    receiver.answerWith({ status: 204 });
    await seconds(5, [one]);
    await deliver();
    const [firing, resolved] = await database.db.delivery.findMany({
      where: { channel: { kind: "webhook" } },
      orderBy: { id: "asc" },
      include: { log: { orderBy: { id: "asc" } } },
    });
    expect(firing).toMatchObject({ event: "firing", attempts: 2, deliveredAt: null, givenUpBy: "web-1" });
    expect(firing?.log.map(({ status }) => status)).toEqual([500, 500]);
    expect(resolved).toMatchObject({ event: "resolved", deliveredAt: expect.any(Date) });
  }, 60_000);

  it("a process that starts during it knows no channel, and tells nothing", async () => {
    await add();
    await postgres.kill();
    await seconds(90, [watch("web-9")]);
    await back();
    expect(events()).toEqual([]);
  }, 60_000);
});
