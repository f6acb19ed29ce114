import type { Page } from "@playwright/test";
import { startWebhookServer } from "../support/webhook-server";
import { expect, test } from "./test";
import { postView, storyToRead } from "./views";

/** The next sample may be ten seconds away, and the next evaluation another fifteen. */
const NEXT_EVALUATION = { timeout: 45_000 };
const SECRET = "a secret of the browser tests";

const rule = (page: Page, title: string) => page.locator("details").filter({ hasText: title }).first();
const headline = (page: Page) => page.getByRole("heading", { level: 1 });

test("Redis stops while an operator watches: the alert fires, the webhook is delivered, and the alert resolves", async ({
  site,
  page,
}) => {
  test.setTimeout(240_000);
  const webhookServer = await startWebhookServer();
  const events = (ruleType: string) =>
    webhookServer.received
      .map(({ body }) => JSON.parse(body) as { event: string; alert: { rule: string; says: string } })
      .filter(({ alert }) => alert.rule === ruleType)
      .map(({ event }) => event);
  try {
    await site.signIn(page.context(), "OPS");
    await page.goto("/admin/alerts");

    const form = page.locator("details", { has: page.locator("summary", { hasText: "Add a channel" }) });
    await form.locator("summary").click();
    await form.getByLabel("Type").selectOption("Webhook, signed");
    await form.getByLabel("Name").fill("Test webhook");
    await form.getByLabel("Address").fill(`${webhookServer.url}/T0/topsecret`);
    await form.getByLabel(/^Secret/).fill(SECRET);
    await form.getByRole("button", { name: "Add", exact: true }).click();
    await expect(page.getByText("Its address and secret are not shown again. Send it a test.")).toBeVisible();
    const content = await page.content();
    expect(content).not.toContain("topsecret");
    expect(content).not.toContain(SECRET);
    expect(
      await site.db.alertChannel.findFirst({ where: { removedAt: null, kind: "webhook" } }),
    ).toMatchObject({
      secret: expect.stringMatching(/^sealed:/),
      host: `127.0.0.1:${webhookServer.port}`,
    });

    await page.getByText("Test webhook").first().click();
    await page.getByRole("button", { name: /^Send test/ }).click();
    await expect.poll(() => events("test")).toEqual(["test"]);
    await expect(page.getByRole("table", { name: "Notifications sent to channels" })).toContainText(
      "Delivered",
    );

    const fallback = rule(page, "Views are not counted in Redis");
    await fallback.locator("summary").click();
    await fallback.getByLabel("Measured over").fill("20 parsecs");
    await fallback.getByRole("button", { name: /^Save/ }).click();
    await expect(fallback.getByText("Enter a time from 15 s to a month, such as 5 min.")).toBeVisible();
    await fallback.getByLabel("Measured over").fill("20 s");
    await fallback.getByLabel("For at least").fill("0");
    await fallback.getByLabel("Close after").fill("0 s");
    await fallback.getByLabel("Severity").selectOption("Critical");
    await fallback.getByRole("button", { name: /^Save/ }).click();
    await expect(page.getByText("Saved. Applies from the next evaluation")).toBeVisible();
    expect(await site.db.alertRule.findUnique({ where: { kind: "fallback-share" } })).toMatchObject({
      windowSeconds: 20,
      forSeconds: 0,
      keepFiringSeconds: 0,
      severity: "critical",
      enabled: true,
    });
    expect(await site.db.auditEvent.findFirst({ orderBy: { id: "desc" } })).toMatchObject({
      action: "alert.edit-rule",
      target: "alert rule fallback-share",
      before: { severity: "notice" },
      after: { severity: "critical" },
    });

    await site.withoutRedis();
    const { path } = await storyToRead(site, 2);
    await postView(site.origin, path);
    await expect(headline(page)).toContainText(/needs? attention/, NEXT_EVALUATION);
    const alert = page.getByRole("listitem").filter({ hasText: "Views are not counted in Redis" });
    await expect(alert).toContainText(/not (be |have been )?counted in Redis|would not have been counted/);
    await expect.poll(() => events("fallback-share"), NEXT_EVALUATION).toEqual(["firing"]);
    // Rules are still evaluated without Redis, but what Redis would report is unknown, not OK.
    await expect(rule(page, "Redis is running out of memory")).toContainText("No data", NEXT_EVALUATION);

    await site.withRedis();
    await expect.poll(() => events("fallback-share"), { timeout: 90_000 }).toEqual(["firing", "resolved"]);
    await expect(page.getByRole("table", { name: "Resolved alerts" })).toContainText(
      "Views are not counted in Redis",
    );
    await expect(headline(page)).toHaveText("No alert is firing.", NEXT_EVALUATION);
    expect(await site.db.alert.count({ where: { rule: "fallback-share" } })).toBe(1);

    const channel = page
      .locator("details")
      .filter({ has: page.locator("summary").filter({ hasText: "Test webhook" }) });
    if (!(await channel.evaluate((details: HTMLDetailsElement) => details.open)))
      await channel.locator("summary").click();
    await channel.getByRole("button", { name: /^Remove/ }).click();
    await expect(page.getByText("No message leaves this site yet")).toBeVisible();
    expect(await site.db.alertChannel.count({ where: { removedAt: null, kind: { not: "inbox" } } })).toBe(0);
  } finally {
    await webhookServer.stop();
  }
});

test("an operator acknowledges, hands over, notes, snoozes and silences an alert, and each action reaches the database", async ({
  site,
  page,
}) => {
  test.setTimeout(240_000);
  await site.signIn(page.context(), "OPS");
  const drift = (views: number) =>
    site.db.ledgerEntry.create({
      data: {
        accepted: 9,
        synced: 9,
        buffered: 0,
        fallback: 0,
        journalled: 0,
        retracted: 0,
        knownLost: 0,
        drift: views,
      },
    });
  await drift(3);
  await page.goto("/admin/alerts");
  const alert = page.getByRole("listitem").filter({ hasText: "Ledger drift" });
  await expect(alert).toContainText(/3 views do not add up, as of .*; the limit is 1\./, NEXT_EVALUATION);
  await expect(headline(page)).toHaveText("1 alert is firing and needs attention.");
  const row = () => site.db.alert.findFirstOrThrow({ where: { rule: "ledger-drift", resolvedAt: null } });

  await alert.getByLabel("Note", { exact: true }).fill("Looking into it");
  await alert.getByRole("button", { name: /^Acknowledge/ }).click();
  await expect(alert).toContainText(/Ola Brandt has it since .*: Looking into it/);
  await expect(headline(page)).toHaveText("1 alert is firing: Ola Brandt has it.");
  expect((await row()).acknowledgedBy).toMatch(/^user \d+$/);

  const colleague = await site.db.user.create({
    data: { email: "kim@example.test", name: "Kim Night", role: "OPS", passwordHash: "x" },
  });
  await alert.getByText("Hand over").first().click();
  await alert.getByLabel("To", { exact: true }).selectOption("Kim Night");
  await alert.getByLabel("Note for them").fill("Shard 2 is the one");
  await alert.getByRole("button", { name: /^Hand over/ }).click();
  await expect(headline(page)).toHaveText("1 alert is firing: Kim Night has it.");
  expect(await row()).toMatchObject({ acknowledgedBy: `user ${colleague.id}`, note: "Shard 2 is the one" });
  await expect(alert).toContainText(/Handed over to Kim Night\. \d+ channels? (is|are) notified\./);
  const message = await site.db.delivery.findFirstOrThrow({
    where: { event: "handed-over", channel: { kind: "inbox" } },
  });
  expect(message.body).toMatchObject({
    headline: "Handed over to Kim Night: Ledger drift",
    lines: expect.arrayContaining(["Handed over by Ola Brandt to Kim Night.", "Note: Shard 2 is the one"]),
  });

  await alert.getByRole("link", { name: "Timeline" }).click();
  await expect(page).toHaveURL(`/admin/alerts/${(await row()).id}`);
  await expect(headline(page)).toHaveText("Ledger drift");
  await page.getByLabel("Note for the timeline").fill("Repaired by hand");
  await page.getByRole("button", { name: "Add note" }).click();
  const entries = page.getByRole("region", { name: "Timeline" }).or(page.locator("ol"));
  for (const text of [
    "Limit reached: pending",
    "Fired",
    "Ola Brandt acknowledged it",
    "Ola Brandt handed it over to Kim Night",
    "Ola Brandt noted",
    "Repaired by hand",
  ])
    await expect(entries.first()).toContainText(text);
  const { id } = await row();
  expect(
    (await site.db.alertStep.findMany({ where: { alertId: id }, orderBy: { id: "asc" } })).map(
      ({ kind }) => kind,
    ),
  ).toEqual(["pending", "firing", "acknowledged", "handed-over", "note"]);
  await page.getByRole("link", { name: "Alerts", exact: true }).first().click();

  await alert.getByLabel("Snooze for").selectOption("1 hour");
  await alert.getByRole("button", { name: /^Snooze/ }).click();
  await expect(alert).toContainText("Snoozed by Ola Brandt");
  const { snoozedUntil } = await row();
  expect(Number(snoozedUntil) - Date.now()).toBeGreaterThan(3_500_000);

  const card = rule(page, "Ledger drift");
  await card.locator("summary").click();
  await card.getByLabel("Silence for").selectOption("4 hours");
  await card.getByLabel(/^Reason/).fill("Known since the move");
  await card.getByRole("button", { name: /^Silence/ }).click();
  await expect(alert).toContainText("Silenced");
  expect(await site.db.alertRule.findUnique({ where: { kind: "ledger-drift" } })).toMatchObject({
    silenceReason: "Known since the move",
  });
  await card.getByRole("button", { name: /^End silence/ }).click();
  await expect(alert).toContainText("Snoozed");
  await expect
    .poll(async () => await site.db.alertRule.findUnique({ where: { kind: "ledger-drift" } }))
    .toMatchObject({ silencedUntil: null });

  await alert.getByRole("link", { name: "What to do" }).click();
  await expect(page).toHaveURL("/admin/runbook#counts-differ");
  await expect(page.getByRole("heading", { name: "Counts differ" })).toBeInViewport();

  await site.db.alertRule.update({ where: { kind: "ledger-drift" }, data: { keepFiringSeconds: 40 } });
  await drift(0);
  await page.goto("/admin/alerts");
  await expect(headline(page)).toHaveText("1 alert is firing: 1 is back to normal.", NEXT_EVALUATION);
  await expect(alert).toContainText(/Back to normal since .*; closes at .* if it stays so\./);
  await expect(alert).toContainText("Recovering");
  expect((await row()).recoveringSince).not.toBeNull();
  await page.goto("/admin");
  await expect(page.getByLabel("Firing alerts")).toContainText(/Back to normal since .*; closes at/);
  await page.goto("/admin/alerts");
  await expect(headline(page)).toHaveText("No alert is firing.", { timeout: 60_000 });
  const actions = await site.db.auditEvent.findMany({ orderBy: { id: "desc" }, take: 6 });
  expect(actions.map((event) => event.action)).toEqual([
    "alert.unsilence",
    "alert.silence",
    "alert.snooze",
    "alert.note",
    "alert.hand-over",
    "alert.acknowledge",
  ]);
});

test("an operator starts and aborts a drill, and the page shows its checks", async ({ site, page }) => {
  test.setTimeout(90_000);
  await site.signIn(page.context(), "OPS");
  await page.goto("/admin/drill");
  await page.getByLabel("Length in seconds").fill("300");
  await page.getByRole("button", { name: "Start the drill" }).click();
  await expect(headline(page)).toContainText("A drill is running until");
  await expect
    .poll(async () => (await site.db.drillProcess.findMany()).map(({ role }) => role).sort())
    .toEqual(["web", "worker"]);
  const { path } = await storyToRead(site, 1);
  expect(await postView(site.origin, path)).toMatchObject({ path: "database" });

  await page.getByRole("button", { name: "Abort the drill" }).click();
  await expect(headline(page)).toHaveText("Rehearse a Redis outage");
  const drill = page.getByRole("table", { name: /^Checks of drill \d+/ }).first();
  await expect(drill.getByRole("row", { name: /^All switched/ })).toContainText("2 processes");
  await expect(drill.getByRole("row", { name: /^All recovered/ })).toContainText("after the end");
  await expect(drill.getByRole("row", { name: /^Reconciled/ })).toContainText(
    "after the end",
    NEXT_EVALUATION,
  );
  expect(await site.db.drill.findFirst()).toMatchObject({ expected: 2 });
  expect((await site.db.drill.findFirst())?.abortedBy).toMatch(/^user \d+$/);
});

test("only operators may open these pages", async ({ site, request }) => {
  for (const path of ["/admin/alerts", "/admin/inbox", "/admin/drill", "/admin/runbook"]) {
    for (const role of ["READER", "EDITOR"] as const) {
      const headers = { Cookie: await site.session(role) };
      expect((await request.get(site.origin + path, { headers })).status(), `${role} ${path}`).toBe(403);
      if (path !== "/admin/runbook")
        expect((await request.post(site.origin + path, { headers, form: { intent: "x" } })).status()).toBe(
          403,
        );
    }
  }
});
