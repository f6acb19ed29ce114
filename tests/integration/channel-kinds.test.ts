import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findChannelKind, kindsFor } from "../../app/alerts/channel-kinds/all-kinds";
import type { MailServer } from "../../app/alerts/channel-kinds/channel-kind";
import { type DeliverySources, deliverDue, pauseAfter } from "../../app/alerts/deliver";
import { type AlertEvent, createNotification } from "../../app/alerts/notification";
import { enqueue } from "../../app/alerts/outbox";
import { BadEdit, ensureRules } from "../../app/alerts/rules";
import type { Severity } from "../../app/alerts/severity";
import { testChannel } from "../../app/alerts/test-channel";
import { ACTOR, addTestChannel, SECRETS } from "../support/channels";
import { createTestDatabase } from "../support/services";
import { headerOf, startSmtpReceiver } from "../support/smtp-receiver";
import { startWebhookServer } from "../support/webhook-server";

/** What a story's title or an error may contain. */
const FOREIGN = "<!channel> *bold* @here\r\nBcc: thief@evil.example";
const ROUTING_KEY = "0123456789abcdef0123456789ABCDEF";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let receiver: Awaited<ReturnType<typeof startWebhookServer>>;
let clock: Date;

beforeAll(async () => {
  database = await createTestDatabase();
  await ensureRules(database.db);
});
afterAll(() => database?.drop());
beforeEach(async () => {
  receiver = await startWebhookServer();
  clock = new Date("2026-03-02T12:00:00Z");
  await database.pool.query(`DELETE FROM "Delivery"`);
  await database.pool.query(`DELETE FROM "Alert"`);
  await database.pool.query(`DELETE FROM "AlertChannel" WHERE kind <> 'inbox'`);
});
afterEach(() => receiver.stop());

const sources = (mail: MailServer | null = null): DeliverySources => ({
  db: database.db,
  pool: database.pool,
  allowPrivate: true,
  mail,
  secrets: SECRETS,
  onFailure: () => undefined,
});
const pass = (ms: number) => {
  clock = new Date(clock.getTime() + ms);
};
const newAlert = (severity: Severity = "critical") =>
  database.db.alert.create({
    data: {
      rule: "known-loss",
      phase: "resolved",
      pendingAt: clock,
      firedAt: clock,
      breachedAt: clock,
      threshold: 1,
      severity,
      message: FOREIGN,
      resolvedAt: clock,
    },
  });
const tell = (
  event: AlertEvent,
  { id, severity }: { id: number; severity: string },
  more: { publicUrl?: string; by?: string } = {},
) =>
  enqueue(
    database.db,
    createNotification(
      event,
      { kind: "known-loss", title: `Loss ${FOREIGN}`, runbook: "known-loss" },
      {
        id,
        message: FOREIGN,
        value: 4,
        threshold: 1,
        severity: severity as Severity,
        firedAt: clock,
        resolvedAt: event === "resolved" ? clock : null,
      },
      { at: clock, publicUrl: "https://stories.example", ...more },
    ),
    clock,
  );
const deliver = (mail?: MailServer) => deliverDue(sources(mail), clock);
const bodies = () => receiver.received.map(({ body }) => JSON.parse(body));
const attempts = () => database.db.deliveryAttempt.findMany({ orderBy: { id: "asc" } });
const outbox = (kind: string) =>
  database.db.delivery.findMany({ where: { channel: { kind } }, orderBy: { id: "asc" } });

describe("Slack", () => {
  const add = () => addTestChannel(database.db, "slack", { url: `${receiver.url}/services/T0/B0/xyz` });

  it("gets blocks in which foreign text is plain, and a text without mentions", async () => {
    await add();
    await tell("firing", await newAlert());
    await deliver();
    const [got] = bodies();
    expect(receiver.received[0]?.path).toBe("/hook/services/T0/B0/xyz");
    const [header, section, context] = got.blocks;
    expect(header).toEqual({
      type: "header",
      text: {
        type: "plain_text",
        text: "Critical: Loss <!channel> *bold* @here Bcc: thief@evil.example",
        emoji: false,
      },
    });
    expect(section.text).toMatchObject({ type: "plain_text", emoji: false });
    expect(section.text.text).toContain("Critical, firing since 2 Mar 2026, 12:00:00 UTC.");
    expect(context.elements).toEqual([
      {
        type: "mrkdwn",
        text: expect.stringMatching(
          /^<https:\/\/stories\.example\/admin\/runbook#known-loss\|What to do> {2}· {2}<https:\/\/stories\.example\/admin\/alerts\/\d+\|The alert>$/,
        ),
      },
    ]);
    expect(got.mrkdwn).toBe(false);
    expect(got.text).toContain("&lt;!channel&gt;");
    expect(got.text).not.toMatch(/<!channel>|@here|@evil/);
  });

  it("says why it refuses, and only in words that look like its own", async () => {
    const id = await add();
    const test = () => testChannel(sources(), ACTOR, id, { now: clock, publicUrl: "" });
    receiver.answerWith({ status: 404, text: "no_service" });
    expect((await test()).error).toBe("status 404: no service");
    receiver.answerWith({ status: 403, text: "<script>alert(1)</script>" });
    expect((await test()).error).toBe("status 403: it does not accept our credentials");
  });

  it("is told who has acknowledged an alert", async () => {
    await add();
    const alert = await newAlert();
    await tell("acknowledged", alert, { by: "Ola" });
    await deliver();
    expect(bodies()[0].text).toContain("Acknowledged by Ola.");
  });
});

describe("PagerDuty", () => {
  const add = () => addTestChannel(database.db, "pagerduty", { routingKey: ROUTING_KEY, url: receiver.url });

  it("opens, acknowledges and resolves one incident per alert, whatever the number of messages", async () => {
    await add();
    const alert = await newAlert();
    for (const event of ["firing", "reminder", "acknowledged", "resolved"] as const) {
      await tell(event, alert);
      await deliver();
    }
    expect(bodies().map(({ event_action }) => event_action)).toEqual([
      "trigger",
      "trigger",
      "acknowledge",
      "resolve",
    ]);
    expect(new Set(bodies().map(({ dedup_key }) => dedup_key))).toEqual(
      new Set([`stories.example/alert-${alert.id}`]),
    );
    expect(bodies()[0]).toMatchObject({
      routing_key: ROUTING_KEY,
      client: "Tidemark",
      client_url: `https://stories.example/admin/alerts/${alert.id}`,
      payload: {
        severity: "critical",
        source: "stories.example",
        class: "known-loss",
        timestamp: "2026-03-02T12:00:00.000Z",
      },
    });
    expect(bodies()[3].payload).toBeUndefined();
    expect(
      JSON.stringify(await outbox("pagerduty"), (_, v) => (typeof v === "bigint" ? String(v) : v)),
    ).not.toContain(ROUTING_KEY);
  });

  it("has the severity of the alert in its own words", async () => {
    await add();
    for (const severity of ["critical", "warning", "notice"] as const) {
      await tell("firing", await newAlert(severity));
      await deliver();
    }
    expect(bodies().map(({ payload }) => payload.severity)).toEqual(["critical", "warning", "info"]);
  });

  it("resolves a test at once, so that no incident stays open", async () => {
    const id = await add();
    expect(await testChannel(sources(), ACTOR, id, { now: clock, publicUrl: "" })).toMatchObject({
      delivered: true,
    });
    const [trigger, resolve] = bodies();
    expect([trigger.event_action, resolve.event_action]).toEqual(["trigger", "resolve"]);
    expect(resolve.dedup_key).toBe(trigger.dedup_key);
    expect(trigger.test).toBeUndefined();
  });

  it("says what is wrong with a key", async () => {
    const id = await add();
    receiver.answerWith({
      status: 400,
      text: JSON.stringify({ status: "invalid event", errors: ["'routing_key' is invalid"] }),
    });
    const { error } = await testChannel(sources(), ACTOR, id, { now: clock, publicUrl: "" });
    expect(error).toBe("status 400: 'routing_key' is invalid");
    await expect(addTestChannel(database.db, "pagerduty", { routingKey: "short" })).rejects.toThrow(
      /32 letters and digits/,
    );
  });

  it("is asked at its public address unless the form says otherwise", () => {
    expect(findChannelKind("pagerduty")?.schema.parse({ routingKey: ROUTING_KEY })).toMatchObject({
      url: "https://events.pagerduty.com/v2/enqueue",
      host: "events.pagerduty.com",
    });
  });
});

describe("ntfy", () => {
  const add = (token = "") =>
    addTestChannel(database.db, "ntfy", { url: `http://127.0.0.1:${receiver.port}/my_topic`, token });

  it("gets plain text as JSON at its root, with a priority by severity", async () => {
    await add("tk_secret");
    for (const severity of ["critical", "warning", "notice"] as const) {
      const alert = await newAlert(severity);
      await tell("firing", alert);
      await deliver();
      await tell("resolved", alert);
      await deliver();
    }
    expect(receiver.received.map(({ path }) => path)).toEqual(Array(6).fill("/"));
    expect(receiver.received[0]?.headers.authorization).toBe("Bearer tk_secret");
    expect(bodies().map(({ priority }) => priority)).toEqual([5, 3, 4, 3, 3, 3]);
    expect(bodies()[0]).toMatchObject({
      topic: "my_topic",
      title: "Critical: Loss <!channel> *bold* @here Bcc: thief@evil.example",
      tags: ["rotating_light"],
      click: "https://stories.example/admin/runbook#known-loss",
    });
    expect(bodies()[0].markdown).toBeUndefined();
    expect(bodies()[1]).toMatchObject({ tags: ["white_check_mark"] });
  });

  it("takes one topic and a token without line breaks", async () => {
    const save = (fields: Record<string, string>) => addTestChannel(database.db, "ntfy", fields);
    await expect(save({ url: "https://ntfy.sh/" })).rejects.toThrow(/one topic/);
    await expect(save({ url: "https://ntfy.sh/a/b" })).rejects.toThrow(/one topic/);
    await expect(save({ url: `${receiver.url}`, token: "a\r\nX-Evil: 1" })).rejects.toThrow(/line breaks/);
  });
});

describe("any receiver over HTTP", () => {
  it("that asks to be left alone is not tried before, for an hour at most", async () => {
    await addTestChannel(database.db, "slack", { url: receiver.url });
    await tell("firing", await newAlert());
    receiver.answerWith({ status: 429, headers: { "Retry-After": "90" } });
    await deliver();
    pass(89_999);
    expect(await deliver(), "its own pause would be 10 s").toBe(0);
    pass(1);
    receiver.answerWith({ status: 503, headers: { "Retry-After": "Mon, 02 Mar 2026 12:03:30 GMT" } });
    expect(await deliver()).toBe(1);
    pass(119_999);
    expect(await deliver()).toBe(0);
    pass(1);
    receiver.answerWith({ status: 429, headers: { "Retry-After": "999999" } });
    expect(await deliver()).toBe(1);
    pass(3_600_000);
    receiver.answerWith({ status: 200 });
    expect(await deliver()).toBe(1);
    expect((await attempts()).map(({ status, error }) => [status, error])).toEqual([
      [429, "status 429: it gets too many requests"],
      [503, "status 503: it has a fault of its own"],
      [429, "status 429: it gets too many requests"],
      [200, null],
    ]);
    const ids = receiver.received.map(({ headers }) => headers["x-tidemark-delivery"]);
    expect(new Set(ids).size, "every attempt names the same delivery").toBe(1);
  });

  it("in a private network is refused for every kind, when it is saved and before every attempt", async () => {
    const fields: Record<string, Record<string, string>> = {
      webhook: { url: receiver.url },
      slack: { url: receiver.url },
      pagerduty: { url: receiver.url, routingKey: ROUTING_KEY },
      ntfy: { url: `http://127.0.0.1:${receiver.port}/topic` },
    };
    for (const [kind, given] of Object.entries(fields)) {
      await expect(addTestChannel(database.db, kind, given, { allowPrivate: false }), kind).rejects.toThrow(
        /private network/,
      );
      const id = await addTestChannel(database.db, kind, given);
      const { error } = await testChannel({ ...sources(), allowPrivate: false }, ACTOR, id, {
        now: clock,
        publicUrl: "",
      });
      expect(error, kind).toMatch(/private network/);
    }
    expect(receiver.received).toEqual([]);
  });
});

describe("e-mail", () => {
  let smtp: Awaited<ReturnType<typeof startSmtpReceiver>>;
  afterEach(() => smtp.stop());
  const mail = (url = smtp.url) => ({ url, from: "Tidemark <alerts@stories.example>" });
  const add = (recipients = "ola@example.test, kim@example.test") =>
    addTestChannel(database.db, "email", { recipients }, { mail: mail() });

  it("arrives as plain text in one conversation per alert, and foreign text makes no header", async () => {
    smtp = await startSmtpReceiver();
    await add();
    const alert = await newAlert();
    await tell("firing", alert);
    await deliver(mail());
    await tell("resolved", alert);
    await deliver(mail());
    const [first, second] = smtp.received;
    if (!first || !second) throw new Error("two messages should have arrived");
    expect(first.from).toBe("alerts@stories.example");
    expect(first.to).toEqual(["ola@example.test", "kim@example.test"]);
    expect(headerOf(first.raw, "Bcc")).toBeUndefined();
    expect(headerOf(first.raw, "Subject")).toBe(
      "[stories.example] Critical: Loss <!channel> *bold* @here Bcc: thief@evil.example",
    );
    expect(headerOf(first.raw, "Content-Type")).toMatch(/^text\/plain/);
    expect(headerOf(first.raw, "Auto-Submitted")).toBe("auto-generated");
    expect(first.raw).toContain("What to do: https://stories.example/admin/runbook#known-loss");
    expect(headerOf(second.raw, "Subject")).toMatch(/^\[stories\.example\] Resolved: Loss/);
    expect(headerOf(second.raw, "References")).toBe(headerOf(first.raw, "References"));
    expect(headerOf(second.raw, "Message-ID")).not.toBe(headerOf(first.raw, "Message-ID"));
  });

  it("is retried with the same Message-ID until the mail server takes it", async () => {
    smtp = await startSmtpReceiver();
    await add();
    await tell("firing", await newAlert());
    smtp.state.busy = true;
    await deliver(mail());
    expect(smtp.received).toEqual([]);
    expect((await attempts())[0]?.error).toBe("the mail server refused the message (451 try again later)");
    const [row] = await outbox("email");
    smtp.state.busy = false;
    pass(pauseAfter(1));
    await deliver(mail());
    expect(headerOf(smtp.received[0]?.raw ?? "", "Message-ID")).toMatch(
      new RegExp(`^<${row?.id}\\.alert-\\d+\\.stories\\.example@stories\\.example>$`),
    );
  });

  it("says that a recipient was refused, without the address, and does not write to the others twice", async () => {
    smtp = await startSmtpReceiver({ refused: ["kim@example.test"] });
    const id = await add();
    const answer = await testChannel(sources(mail()), ACTOR, id, { now: clock, publicUrl: "" });
    expect(answer).toMatchObject({ delivered: true, error: "the mail server refused 1 recipient of 2" });
    pass(3_600_000);
    expect(await deliver(mail())).toBe(0);
    expect(smtp.received.map(({ to }) => to)).toEqual([["ola@example.test"]]);
  });

  it("logs in with the account of SMTP_URL, and says so when that is wrong", async () => {
    smtp = await startSmtpReceiver({ account: { user: "ops@site", pass: "p:a/s s" } });
    const id = await addTestChannel(database.db, "email", { recipients: "a@example.test" }, { mail: mail() });
    const url = (pass: string) => `smtp://ops%40site:${encodeURIComponent(pass)}@127.0.0.1:${smtp.port}`;
    const test = (pass: string) =>
      testChannel(sources(mail(url(pass))), ACTOR, id, { now: clock, publicUrl: "" });
    expect(await test("p:a/s s")).toMatchObject({ delivered: true, error: null });
    const { delivered, error } = await test("wrong");
    expect(delivered).toBe(false);
    expect(error).toMatch(/does not accept the user name or the password of SMTP_URL/);
    expect(error).not.toMatch(/ops@site|wrong/);
  });

  it("is not sent without encryption where that is required, nor to a certificate that no one trusts", async () => {
    smtp = await startSmtpReceiver();
    const id = await add();
    const test = (url: string) => testChannel(sources(mail(url)), ACTOR, id, { now: clock, publicUrl: "" });
    const plain = await test(`${smtp.url}?tls=required`);
    expect(plain.delivered).toBe(false);
    expect(plain.error).toMatch(/could not be encrypted|STARTTLS/);
    await smtp.stop();
    smtp = await startSmtpReceiver({ tls: true });
    const untrusted = await test(`${smtp.url}?tls=required`);
    expect(untrusted.delivered).toBe(false);
    expect(untrusted.error).toMatch(/certificate|encrypted/);
    expect(smtp.received).toEqual([]);
  });

  it("to a mail server that is down, or of a site without one, says what to do", async () => {
    smtp = await startSmtpReceiver();
    const id = await add();
    await smtp.stop();
    const down = await testChannel(sources(mail()), ACTOR, id, { now: clock, publicUrl: "" });
    expect(down.error).toBe("the mail server: nothing is listening there");
    const none = await testChannel(sources(null), ACTOR, id, { now: clock, publicUrl: "" });
    expect(none.error).toBe("SMTP_URL and MAIL_FROM are not set");
    await expect(addTestChannel(database.db, "email", { recipients: "a@example.test" })).rejects.toThrow(
      "This site has no mail server. Set SMTP_URL and MAIL_FROM in its environment and restart it.",
    );
  });

  it("takes addresses only, and shows none of them", async () => {
    smtp = await startSmtpReceiver();
    for (const wrong of ["ola", "ola@example.test\r\nBcc: thief@evil.example x", "<ola@example.test>"])
      await expect(add(wrong), wrong).rejects.toThrow(/is not an e-mail address/);
    const id = await add();
    const row = await database.db.alertChannel.findUniqueOrThrow({ where: { id } });
    expect(row.host).toBe("2 recipients at example.test");
    expect(row.url).toMatch(/^sealed:/);
    const audit = JSON.stringify(await database.db.auditEvent.findMany({ select: { after: true } }));
    expect(audit).not.toMatch(/ola@|kim@/);
  });
});

describe("routing", () => {
  it("tells each channel from its severity on, and of the end those that were told", async () => {
    const channels = await Promise.all(
      (["critical", "warning", "notice"] as const).map((leastSeverity) =>
        addTestChannel(
          database.db,
          "webhook",
          { url: `${receiver.url}/${leastSeverity}` },
          { leastSeverity, name: leastSeverity },
        ),
      ),
    );
    expect(channels).toHaveLength(3);
    const told = async (severity: Severity) => {
      receiver.received.length = 0;
      const alert = await newAlert(severity);
      await tell("firing", alert);
      while (await deliver());
      // A channel that is added meanwhile heard nothing, and is not told that nothing is over.
      const late = await addTestChannel(database.db, "webhook", { url: `${receiver.url}/late` });
      await tell("resolved", alert);
      while (await deliver());
      await database.db.alertChannel.update({ where: { id: late }, data: { removedAt: clock } });
      return receiver.received.map(({ path, body }) => `${path.slice(6)} ${JSON.parse(body).event}`).sort();
    };
    expect(await told("critical")).toEqual([
      "critical firing",
      "critical resolved",
      "notice firing",
      "notice resolved",
      "warning firing",
      "warning resolved",
    ]);
    expect(await told("warning")).toEqual([
      "notice firing",
      "notice resolved",
      "warning firing",
      "warning resolved",
    ]);
    expect(await told("notice")).toEqual(["notice firing", "notice resolved"]);
  });

  it("reaches a test whatever the severity", async () => {
    const id = await addTestChannel(
      database.db,
      "webhook",
      { url: receiver.url },
      { leastSeverity: "critical" },
    );
    await testChannel(sources(), ACTOR, id, { now: clock, publicUrl: "" });
    expect(receiver.received).toHaveLength(1);
  });
});

describe("a webhook", () => {
  it("gets a reminder as the event that it knows, with a mark", async () => {
    await addTestChannel(database.db, "webhook", { url: receiver.url });
    const alert = await newAlert();
    await tell("firing", alert);
    await tell("reminder", alert);
    await tell("acknowledged", alert);
    while (await deliver());
    expect(bodies().map(({ event, reminder, key }) => [event, reminder, key])).toEqual([
      ["firing", false, `alert-${alert.id}`],
      ["firing", true, `alert-${alert.id}`],
    ]);
  });
});

describe("kinds", () => {
  it("of another version are named in the log, and their messages wait", async () => {
    const id = await addTestChannel(database.db, "slack", { url: receiver.url });
    await tell("firing", await newAlert());
    await database.db.alertChannel.update({ where: { id }, data: { kind: "constructor" } });
    await deliver();
    expect((await attempts())[0]?.error).toMatch(/knows no channels of the type constructor/);
    expect(await outbox("constructor")).toMatchObject([{ deliveredAt: null, givenUpAt: null }]);
  });

  it("show acknowledgements where their receivers can", () =>
    expect(kindsFor("acknowledged").sort()).toEqual(["inbox", "ntfy", "pagerduty", "slack"]));

  it("cannot be the inbox", () => expect(addTestChannel(database.db, "inbox", {})).rejects.toThrow(BadEdit));
});
