import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { acknowledge, handOver, snooze } from "../../app/alerts/acknowledge";
import { removeChannel } from "../../app/alerts/channels";
import { deliverDue } from "../../app/alerts/deliver";
import { followUp } from "../../app/alerts/follow-up";
import { countUnread, markRead, markUnread, readInbox } from "../../app/alerts/inbox";
import { createNotification } from "../../app/alerts/notification";
import { enqueue } from "../../app/alerts/outbox";
import { ensureRules, silenceRule } from "../../app/alerts/rules";
import { testChannel } from "../../app/alerts/test-channel";
import { ACTOR, addTestChannel, SECRETS } from "../support/channels";
import { createTestDatabase } from "../support/services";
import { startWebhookServer } from "../support/webhook-server";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let receiver: Awaited<ReturnType<typeof startWebhookServer>>;
let clock: Date;

beforeAll(async () => {
  database = await createTestDatabase();
  await ensureRules(database.db);
  receiver = await startWebhookServer();
});
afterAll(async () => {
  await receiver.stop();
  await database?.drop();
});
beforeEach(async () => {
  clock = new Date("2026-03-02T12:00:00Z");
  receiver.received.length = 0;
  receiver.answerWith({ status: 204 });
  await database.pool.query(`DELETE FROM "Delivery"`);
  await database.pool.query(`DELETE FROM "Alert"`);
  await database.pool.query(`UPDATE "AlertRule" SET "silencedUntil" = NULL`);
  await database.pool.query(`DELETE FROM "AlertChannel" WHERE kind <> 'inbox'`);
});

const sources = () => ({
  db: database.db,
  pool: database.pool,
  allowPrivate: true,
  mail: null,
  secrets: SECRETS,
  onFailure: () => undefined,
});
const deliver = async () => {
  while (await deliverDue(sources(), clock));
};
/** Lets minutes pass, with a look at what is due each minute, as evaluations do. */
async function minutes(count: number) {
  for (let minute = 0; minute < count; minute += 1) {
    clock = new Date(clock.getTime() + 60_000);
    await followUp(database.db, "https://stories.example", clock);
    await deliver();
  }
}
/** An alert that fires now, and that the channels are told of. */
async function fire() {
  const { db } = database;
  const alert = await db.alert.create({
    data: {
      rule: "known-loss",
      phase: "firing",
      pendingAt: clock,
      firedAt: clock,
      breachedAt: clock,
      threshold: 1,
      severity: "critical",
      message: "4 views are lost.",
      notified: true,
    },
  });
  await enqueue(
    db,
    createNotification(
      "firing",
      { kind: "known-loss", title: "Redis lost views", runbook: "known-loss" },
      {
        id: alert.id,
        message: alert.message,
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
  await deliver();
  return alert;
}
const add = (repeatMinutes: number | null) =>
  addTestChannel(database.db, "slack", { url: receiver.url }, { repeatMinutes });
const titles = () => receiver.received.map(({ body }) => JSON.parse(body).blocks[0].text.text);
const [FIRING, STILL] = [
  "Critical: Redis lost views",
  "Still firing: Redis lost views that it had acknowledged",
];

describe("a reminder", () => {
  it("comes as often as the channel asks for it, and never where it does not ask", async () => {
    await add(30);
    await add(null);
    await fire();
    expect(titles()).toEqual([FIRING, FIRING]);
    await minutes(29);
    expect(titles()).toHaveLength(2);
    await minutes(61);
    expect(titles().slice(2)).toEqual([STILL, STILL, STILL]);
  });

  it("stops when someone acknowledges the alert, or snoozes it, or silences its rule", async () => {
    await add(5);
    const { id } = await fire();
    await minutes(5);
    expect(titles()).toEqual([FIRING, STILL]);
    await snooze(database.db, ACTOR, id, { until: new Date(clock.getTime() + 3_600_000), now: clock });
    await minutes(30);
    await database.pool.query(`UPDATE "Alert" SET "snoozedUntil" = NULL`);
    await silenceRule(database.db, ACTOR, "known-loss", {
      until: new Date(clock.getTime() + 3_600_000),
      reason: "known",
      now: clock,
    });
    await minutes(30);
    expect(titles()).toEqual([FIRING, STILL]);
    await database.pool.query(`UPDATE "AlertRule" SET "silencedUntil" = NULL`);
    await minutes(1);
    expect(titles()).toEqual([FIRING, STILL, STILL]);
    await acknowledge(database.db, ACTOR, id, { note: "", now: clock });
    await minutes(60);
    expect(titles().slice(3)).toEqual(["Acknowledged: Redis lost views that it had acknowledged"]);
  });

  it("does not queue up behind a message that has not arrived", async () => {
    await add(5);
    receiver.answerWith({ status: 500 });
    await fire();
    await minutes(60);
    expect(await database.db.delivery.count({ where: { channel: { kind: "slack" } } })).toBe(1);
  });

  it("is written once by processes that look at the same time, and not after the alert resolved", async () => {
    await add(5);
    const { id } = await fire();
    clock = new Date(clock.getTime() + 300_000);
    await Promise.all([1, 2, 3].map(() => followUp(database.db, "", clock)));
    await deliver();
    expect(titles()).toEqual([FIRING, STILL]);
    await database.db.alert.update({ where: { id }, data: { phase: "resolved", resolvedAt: clock } });
    await minutes(30);
    expect(titles()).toHaveLength(2);
  });
});

describe("an acknowledgement", () => {
  it("is told once, with the person's name, to channels that were told of the alert", async () => {
    const user = await database.db.user.create({
      data: { email: "ola@example.test", name: "Ola Berg", passwordHash: "x", role: "OPS" },
    });
    await add(null);
    const { id } = await fire();
    await addTestChannel(database.db, "slack", { url: `${receiver.url}/late` });
    await acknowledge(database.db, { id: user.id, email: user.email }, id, { note: "", now: clock });
    await minutes(3);
    expect(receiver.received.map(({ path }) => path)).toEqual(["/hook", "/hook"]);
    expect(receiver.received[1]?.body).toContain("Acknowledged by Ola Berg.");
    expect(receiver.received[1]?.body).not.toContain("ola@");
  });
});

describe("a hand-over", () => {
  const operator = (name: string) =>
    database.db.user.create({
      data: { email: `${name.split(" ")[0]}@handing.test`, name, passwordHash: "x", role: "OPS" },
    });
  const messages = async (kind: string) =>
    (
      await database.db.delivery.findMany({
        where: { channel: { kind }, event: { in: ["acknowledged", "handed-over"] } },
        orderBy: { id: "asc" },
      })
    ).map(({ event, body }) => ({ event, body: JSON.stringify(body) }));

  it("is told at once to the channels of the alert's severity: by whom, to whom, and why", async () => {
    const [ola, kim] = await Promise.all([operator("Ola Falk"), operator("Kim Night")]);
    await add(null);
    await addTestChannel(database.db, "webhook", { url: `${receiver.url}/own`, secret: "s".repeat(16) });
    await addTestChannel(database.db, "pagerduty", {
      url: `${receiver.url}/duty`,
      routingKey: "k".repeat(32),
    });
    const { id } = await fire();
    receiver.received.length = 0;
    const told = await handOver(database.db, { id: ola.id, email: ola.email }, id, {
      ...{ to: kim.id, note: "Shard 2 is the one", publicUrl: "https://stories.example", now: clock },
    });
    expect(told).toBe(4);
    await deliver();
    // The follow-up has nothing to add: the message says who has it.
    await minutes(3);
    const bodies = Object.fromEntries(receiver.received.map(({ path, body }) => [path, JSON.parse(body)]));
    expect(receiver.received).toHaveLength(3);
    expect(bodies["/hook"].text).toContain(
      "Handed over to Kim Night: Redis lost views that it had acknowledged\n4 views are lost.\nHanded over by Ola Falk to Kim Night.\nNote: Shard 2 is the one\n",
    );
    expect(bodies["/hook/own"]).toMatchObject({
      event: "handed-over",
      handOver: { by: "Ola Falk", to: "Kim Night", note: "Shard 2 is the one" },
    });
    expect(bodies["/hook/duty"]).toMatchObject({ event_action: "acknowledge" });
    expect(await messages("inbox")).toHaveLength(1);
  });

  it("reaches the inbox, and no other channel, where channels are told of worse alerts only", async () => {
    const [ola, kim] = await Promise.all([operator("Ada Falk"), operator("Kit Night")]);
    await add(null);
    const { id } = await fire();
    await database.pool.query(`UPDATE "AlertChannel" SET "leastSeverity" = 'critical'`);
    await database.pool.query(`UPDATE "Alert" SET severity = 'notice'`);
    const told = await handOver(database.db, { id: ola.id, email: ola.email }, id, {
      ...{ to: kim.id, note: "", publicUrl: "", now: clock },
    });
    expect(told).toBe(1);
    expect(await messages("slack")).toEqual([]);
    const [message] = await messages("inbox");
    expect(message?.body).toContain("Handed over by Ada Falk to Kit Night.");
    expect(message?.body).not.toContain("Note:");
    await database.pool.query(`UPDATE "AlertChannel" SET "leastSeverity" = 'notice'`);
  });
});

describe("the inbox", () => {
  const user = (name: string) =>
    database.db.user.create({
      data: { email: `${name}@example.test`, name, passwordHash: "x", role: "OPS" },
    });

  it("has every message as soon as it is written, with nothing to send, and paths instead of addresses", async () => {
    const { id } = await user("reader-1");
    await fire();
    const { messages } = await readInbox(database.db, id, null);
    expect(messages).toMatchObject([
      {
        event: "firing",
        severity: "critical",
        headline: FIRING,
        lines: ["4 views are lost.", "Critical, firing since 2 Mar 2026, 12:00:00 UTC."],
        links: [
          { label: "What to do", path: "/admin/runbook#known-loss" },
          { label: "The alert", path: expect.stringMatching(/^\/admin\/alerts\/\d+$/) },
        ],
        read: false,
      },
    ]);
    expect(await database.db.deliveryAttempt.count()).toBe(0);
  });

  it("is read and unread by each person for themselves", async () => {
    const [a, b] = [await user("a"), await user("b")];
    await fire();
    const inbox = await database.db.alertChannel.findFirstOrThrow({ where: { kind: "inbox" } });
    await testChannel(sources(), ACTOR, inbox.id, { now: clock, publicUrl: "" });
    const unread = async () => [await countUnread(database.db, a.id), await countUnread(database.db, b.id)];
    expect(await unread()).toEqual([2, 2]);
    const [newest] = (await readInbox(database.db, a.id, null)).messages;
    await markRead(database.db, a.id, BigInt(newest?.id ?? 0), clock);
    await markRead(database.db, a.id, BigInt(newest?.id ?? 0), clock);
    expect(await unread()).toEqual([1, 2]);
    await markUnread(database.db, a.id, BigInt(newest?.id ?? 0));
    expect(await unread()).toEqual([2, 2]);
    expect(await markRead(database.db, b.id, "all", clock)).toBe(2);
    expect(await unread()).toEqual([2, 0]);
  });

  it("shows older messages a page at a time, and one that it cannot read as such", async () => {
    const { id } = await user("pages");
    const inbox = await database.db.alertChannel.findFirstOrThrow({ where: { kind: "inbox" } });
    await database.db.delivery.createMany({
      data: Array.from({ length: 51 }, (_, n) => ({
        channelId: inbox.id,
        event: "firing",
        body:
          n === 50
            ? { of: "another version" }
            : { severity: "notice", headline: `no. ${n}`, lines: [], links: [] },
        nextAt: clock,
        deliveredAt: clock,
      })),
    });
    const first = await readInbox(database.db, id, null);
    expect(first.messages).toHaveLength(50);
    expect(first.messages[0]?.headline).toBe("A notification of an earlier version");
    const second = await readInbox(database.db, id, BigInt(first.older ?? 0));
    expect(second).toMatchObject({ messages: [{ headline: "no. 0" }], older: null });
  });

  it("is one per site, and cannot be removed", async () => {
    const inbox = await database.db.alertChannel.findFirstOrThrow({ where: { kind: "inbox" } });
    await expect(removeChannel(database.db, ACTOR, inbox.id, clock)).rejects.toThrow(/keeps its inbox/);
    await expect(
      database.db.alertChannel.create({
        data: { name: "second", kind: "inbox", url: "", host: "", createdBy: "x" },
      }),
    ).rejects.toThrow();
  });
});
