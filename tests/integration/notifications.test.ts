import { createHmac } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TIMEOUT_MS } from "../../app/alerts/channel-kinds/post-json";
import { createChannelSecrets, sealChannels } from "../../app/alerts/channel-secrets";
import { giveUp, removeChannel, retryNow } from "../../app/alerts/channels";
import { type DeliverySources, deliverDue, pauseAfter } from "../../app/alerts/deliver";
import { createNotification } from "../../app/alerts/notification";
import { enqueue } from "../../app/alerts/outbox";
import { BadEdit, ensureRules } from "../../app/alerts/rules";
import { createTest, testChannel } from "../../app/alerts/test-channel";
import { ACTOR, addTestChannel, SECRETS } from "../support/channels";
import { createTestDatabase } from "../support/services";
import { startWebhookServer } from "../support/webhook-server";

const SECRET = "a secret of the tests";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let webhookServer: Awaited<ReturnType<typeof startWebhookServer>>;
let clock: Date;
let failures: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  await ensureRules(database.db);
});
afterAll(() => database?.drop());
beforeEach(async () => {
  webhookServer = await startWebhookServer();
  clock = new Date("2026-03-02T12:00:00Z");
  failures = [];
  await database.pool.query(`TRUNCATE "AlertChannel", "Delivery", "DeliveryAttempt", "Alert" CASCADE`);
});
afterEach(() => webhookServer.stop());

const sources = (change: Partial<DeliverySources> = {}): DeliverySources => ({
  db: database.db,
  pool: database.pool,
  allowPrivate: true,
  mail: null,
  secrets: SECRETS,
  onFailure: ({ error }) => failures.push(error),
  ...change,
});
const pass = (ms: number) => {
  clock = new Date(clock.getTime() + ms);
};
const add = (kind: "webhook" | "slack" = "webhook", url = webhookServer.url) =>
  addTestChannel(database.db, kind, kind === "slack" ? { url } : { url, secret: SECRET });
/** Puts a message into the outbox that is about no alert. */
const queue = (channel: number) => enqueue(database.db, createTest(clock, ""), clock, channel);
const only = () => database.db.delivery.findFirstOrThrow({ include: { log: { orderBy: { id: "asc" } } } });
const newAlert = () =>
  database.db.alert.create({
    data: {
      rule: "known-loss",
      phase: "firing",
      pendingAt: clock,
      firedAt: clock,
      breachedAt: clock,
      threshold: 1,
      message: "",
    },
  });
const notify = (event: "firing" | "resolved", id: number) =>
  enqueue(
    database.db,
    createNotification(
      event,
      { kind: "known-loss", title: "Redis lost <views> & more", runbook: "known-loss" },
      {
        id,
        message: "4 views",
        value: 4,
        threshold: 1,
        severity: "critical",
        firedAt: clock,
        resolvedAt: null,
      },
      { at: clock, publicUrl: "https://stories.example" },
    ),
    clock,
  );

describe("a webhook", () => {
  it("is signed over timestamp and body, and names its delivery", async () => {
    await add();
    await notify("firing", (await newAlert()).id);
    expect(await deliverDue(sources(), clock)).toBe(1);
    const [got] = webhookServer.received;
    if (!got) throw new Error("nothing arrived");
    const timestamp = String(got.headers["x-tidemark-timestamp"]);
    expect(Number(timestamp)).toBe(clock.getTime() / 1000);
    const expected = createHmac("sha256", SECRET).update(`${timestamp}.${got.body}`).digest("hex");
    expect(got.headers["x-tidemark-signature"]).toBe(`v1=${expected}`);
    expect(got.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(got.body)).toMatchObject({
      event: "firing",
      alert: { rule: "known-loss", says: "4 views", value: 4, severity: "critical" },
      page: expect.stringMatching(/^https:\/\/stories\.example\/admin\/alerts\/\d+$/),
      runbook: "https://stories.example/admin/runbook#known-loss",
    });
    const delivery = await only();
    expect(got.headers["x-tidemark-delivery"]).toBe(String(delivery.id));
    expect(delivery.deliveredAt).not.toBeNull();
    expect(delivery.log).toMatchObject([{ status: 204, error: null }]);
    expect(await deliverDue(sources(), clock), "once").toBe(0);
  });

  it("gets a test at once, as it gets any notification, and the answer says what came of it", async () => {
    const id = await add();
    const test = () => testChannel(sources(), ACTOR, id, { now: clock, publicUrl: "" });
    expect(await test()).toMatchObject({ delivered: true, status: 204, error: null });
    expect(JSON.parse(webhookServer.received[0]?.body ?? "")).toMatchObject({ event: "test" });
    expect(await only()).toMatchObject({ attempts: 1, deliveredAt: expect.any(Date), givenUpAt: null });
    webhookServer.answerWith({ status: 403 });
    expect(await test()).toMatchObject({
      delivered: false,
      status: 403,
      error: "status 403: it does not accept our credentials",
    });
    pass(86_400_000);
    expect(await deliverDue(sources(), clock), "a test that failed is not retried").toBe(0);
    expect(webhookServer.received).toHaveLength(2);
    await expect(testChannel(sources(), ACTOR, 999, { now: clock, publicUrl: "" })).rejects.toThrow(BadEdit);
  });

  it("has a secret made for it where the operator gives none", async () => {
    const id = await addTestChannel(database.db, "webhook", { url: webhookServer.url });
    await queue(id);
    await deliverDue(sources(), clock);
    const { secret } = await database.db.alertChannel.findUniqueOrThrow({ where: { id } });
    const made = SECRETS.open(secret ?? "");
    expect(made).toMatch(/^[\w-]{43}$/);
    const [got] = webhookServer.received;
    const signed = `${got?.headers["x-tidemark-timestamp"]}.${got?.body}`;
    expect(got?.headers["x-tidemark-signature"]).toBe(
      `v1=${createHmac("sha256", made).update(signed).digest("hex")}`,
    );
  });
});

describe("a notification", () => {
  it("is kept until it is delivered, with pauses that double up to an hour", async () => {
    await queue(await add());
    webhookServer.answerWith({ status: 500 });
    for (let attempt = 1; attempt <= 12; attempt += 1) {
      expect(await deliverDue(sources(), clock)).toBe(1);
      pass(pauseAfter(attempt) - 1);
      expect(await deliverDue(sources(), clock), "not before its pause is over").toBe(0);
      pass(1);
    }
    expect([1, 2, 3, 12].map(pauseAfter)).toEqual([10_000, 20_000, 40_000, 3_600_000]);
    webhookServer.answerWith({ status: 200 });
    await deliverDue(sources(), clock);
    const delivery = await only();
    expect(delivery.deliveredAt).not.toBeNull();
    expect(delivery.attempts).toBe(13);
    expect(delivery.log.map((one) => one.status)).toEqual([...Array(12).fill(500), 200]);
    expect(failures).toEqual(Array(12).fill("status 500: it has a fault of its own"));
  });

  it("survives a webhook server that is down, one that hangs, and a process that dies", async () => {
    const { port } = webhookServer;
    await queue(await add());
    await webhookServer.stop();
    await deliverDue(sources(), clock);
    expect((await only()).log).toMatchObject([{ status: null, error: "nothing is listening there" }]);
    webhookServer = await startWebhookServer();
    await database.db.alertChannel.updateMany({
      data: { url: webhookServer.url.replace(/:\d+/, `:${webhookServer.port}`) },
    });
    expect(port).not.toBe(webhookServer.port);

    webhookServer.answerWith(null);
    pass(10_000);
    const startedAt = Date.now();
    await deliverDue(sources(), clock);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(TIMEOUT_MS - 50);
    expect(Date.now() - startedAt).toBeLessThan(TIMEOUT_MS + 2000);
    expect((await only()).log.at(-1)).toMatchObject({ status: null, error: "no answer within 5 s" });

    // A process claims it and dies before sending it.
    pass(20_000);
    const dying = sources({ lookup: () => Promise.reject(new Error("never")) });
    await database.pool.query(`UPDATE "Delivery" SET attempts = attempts + 1, "nextAt" = $1`, [
      new Date(clock.getTime() + 60_000),
    ]);
    webhookServer.answerWith({ status: 204 });
    expect(await deliverDue(dying, clock)).toBe(0);
    pass(60_000);
    expect(await deliverDue(sources(), clock)).toBe(1);
    expect((await only()).deliveredAt).not.toBeNull();
  }, 20_000);

  it("is retried until an operator gives it up", async () => {
    const channel = await add();
    await queue(channel);
    webhookServer.answerWith({ status: 410 });
    await deliverDue(sources(), clock);
    pass(400 * 86_400_000);
    expect(await deliverDue(sources(), clock), "a year later").toBe(1);
    const { id } = await only();
    await retryNow(database.db, ACTOR, id, clock);
    expect(await deliverDue(sources(), clock)).toBe(1);
    await giveUp(database.db, ACTOR, id, clock);
    pass(86_400_000);
    expect(await deliverDue(sources(), clock)).toBe(0);
    expect(await only()).toMatchObject({ givenUpBy: ACTOR.email, deliveredAt: null });
    await expect(giveUp(database.db, ACTOR, id, clock)).rejects.toThrow(BadEdit);
    const actions = await database.db.auditEvent.findMany({ orderBy: { id: "desc" }, take: 2 });
    expect(actions.map((event) => event.action)).toEqual(["alert.give-up", "alert.retry-delivery"]);
  });

  it("of a resolved alert never overtakes the one of its firing; other alerts do not wait", async () => {
    await add();
    const first = await newAlert();
    await notify("firing", first.id);
    webhookServer.answerWith({ status: 503 });
    await deliverDue(sources(), clock);
    await database.db.alert.update({
      where: { id: first.id },
      data: { phase: "resolved", resolvedAt: clock },
    });
    await notify("resolved", first.id);
    const second = await newAlert();
    await notify("firing", second.id);
    webhookServer.answerWith({ status: 204 });
    webhookServer.received.length = 0;
    const ids = () =>
      webhookServer.received.map(({ body }) => [JSON.parse(body).alert.id, JSON.parse(body).event]);
    await deliverDue(sources(), clock);
    expect(ids()).toEqual([[second.id, "firing"]]);
    pass(10_000);
    await deliverDue(sources(), clock);
    await deliverDue(sources(), clock);
    expect(ids().slice(1)).toEqual([
      [first.id, "firing"],
      [first.id, "resolved"],
    ]);
  });

  it("is sent once by two processes that poll at the same time", async () => {
    await queue(await add());
    await Promise.all([deliverDue(sources(), clock), deliverDue(sources(), clock)]);
    expect(webhookServer.received).toHaveLength(1);
  });
});

describe("private networks", () => {
  it("are refused when a channel is saved", async () => {
    const save = (url: string) =>
      addTestChannel(
        database.db,
        "webhook",
        { url, secret: SECRET },
        {
          allowPrivate: false,
        },
      );
    await expect(save(webhookServer.url)).rejects.toThrow(/private network/);
    await expect(save("http://localhost/")).rejects.toThrow(BadEdit);
    expect(await database.db.alertChannel.count()).toBe(0);
  });

  it("are refused, before anything is sent, when a name has moved there since", async () => {
    const channel = await add("webhook", `http://hooks.example:${webhookServer.port}/`).catch(() => null);
    expect(channel, "a name that cannot be resolved is refused").toBeNull();
    await addTestChannel(
      database.db,
      "webhook",
      { url: `http://hooks.example:${webhookServer.port}/`, secret: SECRET },
      { lookup: async () => [{ address: "1.1.1.1", family: 4 }] },
    ).then(queue);
    const moved = async () => [{ address: "127.0.0.1", family: 4 }];
    await deliverDue(sources({ allowPrivate: false, lookup: moved }), clock);
    expect(webhookServer.received).toEqual([]);
    expect((await only()).log.at(-1)?.error).toMatch(/private network/);
    // When allowed, it connects to the address that was looked up: no name server knows this name.
    pass(10_000);
    await deliverDue(sources({ lookup: moved }), clock);
    expect(webhookServer.received[0]?.headers.host).toBe(`hooks.example:${webhookServer.port}`);
  });

  it("are not reached by a redirect", async () => {
    await queue(await add());
    webhookServer.answerWith({ status: 302, headers: { Location: `${webhookServer.url}/elsewhere` } });
    await deliverDue(sources(), clock);
    expect(webhookServer.received.map(({ path }) => path)).toEqual(["/hook"]);
    expect((await only()).log).toMatchObject([
      { status: 302, error: "it redirects; redirects are not followed" },
    ]);
  });
});

describe("a channel", () => {
  it("keeps its secret and its address's path out of the audit, the log and the notifications", async () => {
    await queue(await add("webhook", `${webhookServer.url}/T0/topsecret?key=topsecret`));
    webhookServer.answerWith({ status: 500 });
    await deliverDue(sources(), clock);
    const audit = JSON.stringify(
      await database.db.auditEvent.findMany({ select: { before: true, after: true, target: true } }),
    );
    for (const text of [audit, JSON.stringify(failures), JSON.stringify((await only()).body)]) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain("topsecret");
    }
    expect(audit).toContain("127.0.0.1");
  });

  it("has neither its address nor its secret in the database as they are", async () => {
    const address = `${webhookServer.url}/T0/topsecret`;
    await queue(await add("webhook", address));
    const row = await database.db.alertChannel.findFirstOrThrow();
    expect(JSON.stringify(row)).not.toMatch(/topsecret|a secret of the tests/);
    expect([SECRETS.open(row.url), SECRETS.open(row.secret ?? "")]).toEqual([address, SECRET]);
    await deliverDue(sources(), clock);
    expect(webhookServer.received.map(({ path }) => path)).toEqual(["/hook/T0/topsecret"]);
  });

  it("of a version before is used as it is, and sealed once by the worker, whether it has a secret or not", async () => {
    const create = (url: string, secret: string | null) =>
      database.db.alertChannel.create({
        data: {
          name: "old",
          kind: secret ? "webhook" : "slack",
          url,
          host: "x",
          secret,
          createdBy: "user 1",
        },
      });
    const [signed] = [
      await create(`${webhookServer.url}/old`, SECRET),
      await create(`${webhookServer.url}/slack`, null),
    ];
    await queue(signed.id);
    await deliverDue(sources(), clock);
    expect(await sealChannels(database.db, SECRETS)).toBe(2);
    expect(await sealChannels(database.db, SECRETS), "and no second time").toBe(0);
    for (const row of await database.db.alertChannel.findMany())
      expect(`${row.url} ${row.secret}`).not.toMatch(/http|a secret/);
    await queue(signed.id);
    await deliverDue(sources(), clock);
    expect(webhookServer.received.map(({ path }) => path)).toEqual(["/hook/old", "/hook/old"]);
    expect(webhookServer.received[1]?.headers["x-tidemark-signature"]).toMatch(/^v1=/);
  });

  it("sealed under another SESSION_SECRET says so in the log of deliveries, and sends nothing", async () => {
    await queue(await add());
    await deliverDue(sources({ secrets: createChannelSecrets(["another secret of the tests"]) }), clock);
    expect(webhookServer.received).toEqual([]);
    expect((await only()).log.at(-1)?.error).toMatch(/sealed with another SESSION_SECRET/);
  });

  it("is https, unless private networks are allowed", async () => {
    const publicly = async () => [{ address: "1.1.1.1", family: 4 }];
    const save = (url: string, allowPrivate: boolean) =>
      addTestChannel(
        database.db,
        "webhook",
        { url, secret: SECRET },
        {
          allowPrivate,
          lookup: publicly,
        },
      );
    await expect(save("http://hooks.example/", false)).rejects.toThrow(/must start with https:/);
    await save("https://hooks.example/", false);
    await save("http://hooks.example/", true);
  });

  it("needs a name, a known type and a long enough secret", async () => {
    const save = ({ name = "x", kind = "webhook", ...fields }: Record<string, string>) =>
      addTestChannel(database.db, kind, { url: webhookServer.url, secret: SECRET, ...fields }, { name });
    await expect(save({ name: " " })).rejects.toThrow(BadEdit);
    await expect(save({ url: "ftp://x.example" })).rejects.toThrow(BadEdit);
    await expect(save({ kind: "pigeon" })).rejects.toThrow(/no kind pigeon/);
    await expect(save({ kind: "inbox" }), "every site has its one inbox").rejects.toThrow(BadEdit);
    await expect(save({ secret: "short" })).rejects.toThrow(/16 characters or more/);
    expect(await database.db.alertChannel.count()).toBe(0);
  });

  it("is removed with its secret, and its undelivered notifications are given up", async () => {
    const id = await add();
    webhookServer.answerWith({ status: 500 });
    await queue(id);
    await deliverDue(sources(), clock);
    await removeChannel(database.db, ACTOR, id, clock);
    expect(await database.db.alertChannel.findUnique({ where: { id } })).toMatchObject({
      url: "",
      secret: "",
    });
    expect(await only()).toMatchObject({ givenUpBy: ACTOR.email });
    pass(86_400_000);
    expect(await deliverDue(sources(), clock)).toBe(0);
    await expect(testChannel(sources(), ACTOR, id, { now: clock, publicUrl: "" })).rejects.toThrow(BadEdit);
  });
});
