import type { Page } from "@playwright/test";
import { headerOf, startSmtpReceiver } from "../support/smtp-receiver";
import { startWebhookServer } from "../support/webhook-server";
import { hydrated } from "./hydrated";
import { expect, test } from "./test";

const ROUTING_KEY = "0123456789abcdef0123456789abcdef";

const channel = (page: Page, name: string) =>
  page.locator("details", { has: page.locator("summary", { hasText: name }) }).first();

/** Opens the form, and fills in what every kind asks for. */
async function addChannel(page: Page, type: string, name: string, fields: Record<string, string>) {
  const form = channel(page, "Add a channel");
  if (!(await form.getAttribute("open").then((open) => open !== null))) await form.locator("summary").click();
  await form.getByLabel("Type").selectOption(type);
  await form.getByLabel("Name").fill(name);
  for (const [label, value] of Object.entries(fields)) await form.getByLabel(label).fill(value);
  await form.getByRole("button", { name: "Add", exact: true }).click();
}

test("an operator adds a channel of each kind, and a test arrives at its real receiver", async ({
  site,
  page,
}) => {
  test.setTimeout(180_000);
  const [http, smtp] = [await startWebhookServer(), await startSmtpReceiver()];
  const web = await site.startWeb({
    SMTP_URL: smtp.url,
    MAIL_FROM: "Tidemark <alerts@stories.example>",
    HEARTBEAT_URL: `${http.url}/heartbeat/topsecret`,
    HEARTBEAT_INTERVAL_SECONDS: "15",
  });
  const got = (part: string) => http.received.filter(({ path }) => path.includes(part));
  try {
    await site.signIn(page.context(), "OPS");
    const session = (await page.context().cookies())[0];
    await page
      .context()
      .addCookies([{ ...session, domain: undefined, path: undefined, url: web.origin } as never]);
    await page.goto(`${web.origin}/admin/alerts`);
    await hydrated(page);
    const send = async (name: string) => {
      const line = channel(page, name);
      if ((await line.getAttribute("open")) === null) await line.locator("summary").click();
      await line.getByRole("button", { name: `Send test: ${name}` }).click();
      return line;
    };

    await addChannel(page, "Slack, or compatible", "On-call Slack", {
      "Address of the incoming webhook": `${http.url}/slack/topsecret`,
    });
    await expect(page.getByText("Added. Its address and secret are not shown again.")).toBeVisible();
    await expect(await send("On-call Slack")).toContainText(
      `The test was delivered to 127.0.0.1:${http.port} (status 204).`,
    );
    expect(JSON.parse(got("/slack")[0]?.body ?? "").blocks[0].text.text).toBe("Test: Test of this channel");

    await addChannel(page, "PagerDuty", "Pager", {
      "Integration key": ROUTING_KEY,
      "Address of the API": `${http.url}/pagerduty`,
    });
    await expect(await send("Pager")).toContainText("The test was delivered");
    expect(got("/pagerduty").map(({ body }) => JSON.parse(body).event_action)).toEqual([
      "trigger",
      "resolve",
    ]);

    await addChannel(page, "ntfy", "Phone", {
      "Address of the topic": `http://127.0.0.1:${http.port}/my_topic`,
    });
    await expect(await send("Phone")).toContainText("The test was delivered");
    expect(http.received.find(({ path }) => path === "/")?.body).toContain('"topic":"my_topic"');

    await addChannel(page, "E-mail", "Team mail", { Recipients: "ola@example.test, not-an-address" });
    await expect(page.getByText("not-an-address is not an e-mail address.")).toBeVisible();
    await addChannel(page, "E-mail", "Team mail", { Recipients: "ola@example.test, kim@example.test" });
    await expect(await send("Team mail")).toContainText(
      "The test was delivered to 2 recipients at example.test.",
    );
    expect(headerOf(smtp.received[0]?.raw ?? "", "Subject")).toContain("Test: Test of this channel");

    await addChannel(page, "Webhook, signed", "Own service", { Address: `${http.url}/own` });
    const secret = await page.getByLabel("Secret", { exact: true }).textContent();
    expect(secret).toMatch(/^[\w-]{43}$/);
    http.answerWith({ status: 410 });
    await expect(await send("Own service")).toContainText(
      "The test was not delivered: status 410: there is nothing at this address. It is not retried",
    );
    await expect(channel(page, "Own service").locator("summary")).toContainText("Failing");
    await page.reload();
    expect(await page.content()).not.toContain(secret);
    expect(await page.content()).not.toMatch(/topsecret|ola@|0123456789abcdef/);

    const mail = channel(page, "Team mail");
    await mail.locator("summary").click();
    await mail.getByLabel("Notify for").selectOption("Critical only");
    await mail.getByLabel(/^Remind while/).selectOption("Every 30 minutes");
    await mail.getByRole("button", { name: "Save: Team mail" }).click();
    await expect(mail).toContainText("Saved.");
    expect(await site.db.alertChannel.findFirst({ where: { name: "Team mail" } })).toMatchObject({
      kind: "email",
      leastSeverity: "critical",
      repeatMinutes: 30,
      url: expect.stringMatching(/^sealed:/),
    });
    const audit = await site.db.auditEvent.findFirst({ where: { action: "alert.edit-channel" } });
    expect(audit).toMatchObject({
      before: { leastSeverity: "notice" },
      after: { leastSeverity: "critical" },
    });

    http.answerWith({ status: 204 });
    await expect(page.getByText("last accepted one at")).toBeVisible({ timeout: 60_000 });
    expect(got("/heartbeat")[0]?.method).toBe("GET");
  } finally {
    await site.db.alertChannel.updateMany({
      where: { kind: { not: "inbox" } },
      data: { removedAt: new Date() },
    });
    await web.stop();
    await Promise.all([http.stop(), smtp.stop()]);
  }
});

test("without scripts, a channel of any type can be added, and a refused one keeps its type and input", async ({
  site,
  browser,
}) => {
  const context = await browser.newContext({ baseURL: site.origin, javaScriptEnabled: false });
  await site.signIn(context, "OPS");
  const page = await context.newPage();
  const form = channel(page, "Add a channel");
  try {
    await page.goto("/admin/alerts");
    await form.locator("summary").click();
    for (const [type, field] of [
      ["E-mail", "Recipients"],
      ["PagerDuty", "Integration key"],
      ["Webhook, signed", "Secret to sign"],
      ["ntfy", "Address of the topic"],
    ] as const) {
      await form.getByLabel("Type").selectOption(type);
      await form.getByRole("button", { name: "Show its fields" }).click();
      await expect(form.getByLabel(field), type).toBeInViewport();
    }
    await form.getByLabel("Name").fill("Night phone");
    await form.getByLabel("Address of the topic").fill("https://ntfy.sh/two/parts");
    await form.getByRole("button", { name: "Add", exact: true }).click();
    await expect(form).toContainText("End the address with one topic");
    await expect(form.getByLabel("Name")).toHaveValue("Night phone");
    await expect(form.getByLabel("Type")).toHaveValue("ntfy");
    await form.getByLabel("Address of the topic").fill("https://127.0.0.1/night");
    await form.getByRole("button", { name: "Add", exact: true }).click();
    await expect(form).toContainText("Added. Its address and secret are not shown again.");
    expect(await site.db.alertChannel.findFirst({ where: { name: "Night phone" } })).toMatchObject({
      kind: "ntfy",
      repeatMinutes: 60,
    });
  } finally {
    await site.db.alertChannel.updateMany({
      where: { name: "Night phone" },
      data: { removedAt: new Date() },
    });
    await context.close();
  }
});

test("what an operator is typing into the form stays when a colleague adds a channel", async ({
  site,
  page,
}) => {
  await site.signIn(page.context(), "OPS");
  await page.goto("/admin/alerts");
  await hydrated(page);
  const form = channel(page, "Add a channel");
  await form.locator("summary").click();
  await form.getByLabel("Type").selectOption("E-mail");
  await form.getByLabel("Name").fill("Half a na");
  const name = "Of a colleague";
  await site.db.alertChannel.create({
    data: { name, kind: "slack", url: "sealed:", host: "slack.test", createdBy: "user 1" },
  });
  try {
    await expect(channel(page, name)).toBeVisible();
    await expect(form.getByLabel("Name")).toHaveValue("Half a na");
    await expect(form.getByLabel("Recipients")).toBeVisible();
  } finally {
    await site.db.alertChannel.updateMany({ where: { name }, data: { removedAt: new Date() } });
  }
});

test("the inbox has what channels are told, and each person reads it for themselves", async ({
  site,
  page,
}) => {
  await site.signIn(page.context(), "OPS");
  await site.db.delivery.deleteMany({ where: { channel: { kind: "inbox" } } });
  await page.goto("/admin/inbox");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No unread messages");
  await page.goto("/admin/alerts");
  await hydrated(page);
  const other = await page.context().newPage();
  await other.goto("/admin/sync");
  await hydrated(other);
  const inNavigation = other
    .getByRole("navigation", { name: "Operations" })
    .getByRole("link", { name: /^Inbox/ });
  await expect(inNavigation).toHaveAccessibleName("Inbox");
  const inbox = channel(page, "Inbox");
  await inbox.locator("summary").click();
  await inbox.getByRole("button", { name: "Send test: Inbox" }).click();
  await expect(inbox).toContainText("The test is in the inbox.");
  await expect(inNavigation, "without a reload").toHaveAccessibleName("Inbox 1 unread");
  await inbox.getByRole("link", { name: "Open the inbox" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("1 unread message");
  const message = page.getByRole("listitem").filter({ hasText: "Test: Test of this channel" });
  await message.getByRole("button", { name: /^Mark as read/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No unread messages");
  expect(await site.db.inboxRead.count()).toBe(1);
  await expect(inNavigation).toHaveAccessibleName("Inbox");
  await message.getByRole("button", { name: /^Mark as unread/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("1 unread message");
  await page.getByRole("button", { name: "Mark all as read" }).click();
  await expect(page.getByText("1 message is marked as read.")).toBeVisible();
  await message.getByRole("link", { name: "Alerts" }).click();
  await expect(page).toHaveURL("/admin/alerts");
});
