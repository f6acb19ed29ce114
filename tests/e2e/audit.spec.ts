import { expect, test } from "./test";

test("the audit log shows who did what and why, can be filtered, and is exported in full", async ({
  site,
  page,
}) => {
  const marker = `reason ${Date.now()}`;
  const ola = await site.db.user.findFirstOrThrow({ where: { role: "OPS", name: "Ola Brandt" } });
  const robot = "the robot of the tests";
  const hours = (intervalHours: number) => ({ intervalHours, pausedUntil: null, pausedReason: "" });
  await site.db.auditEvent.createMany({
    data: [
      ...Array.from({ length: 60 }, (_, i) => ({ actor: robot, action: "test.many", reason: `${i}` })),
      { actor: robot, action: "sync.run", target: "sync", after: { requested: false, why: "No worker." } },
      {
        actor: `user ${ola.id}`,
        actorId: ola.id,
        action: "sync.interval",
        target: "setting sync",
        reason: marker,
        before: hours(12),
        after: hours(6),
      },
    ],
  });
  await site.signIn(page.context(), "OPS");
  await page.goto("/admin");
  await page.getByRole("navigation", { name: "Operations" }).getByRole("link", { name: "Audit" }).click();
  const table = page.getByRole("table", { name: "Audit log" });
  const first = table.getByRole("row").nth(1);
  await expect(first).toContainText(
    `Ola Brandt changed the sync interval from 12 hours to 6 hours: ${marker}`,
  );
  await expect(table).not.toContainText(ola.email);
  await first.getByText("As stored").click();
  await expect(first.locator("pre")).toContainText('"action": "sync.interval"');
  await expect(table.getByRole("row")).toHaveCount(51);
  await page.getByRole("link", { name: "Older" }).click();
  await expect(first).not.toContainText(marker);
  await page.getByRole("link", { name: "Newest" }).click();

  await page.locator("select[name=actor]").selectOption(robot);
  await page.locator("select[name=outcome]").selectOption("refused");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(table.getByRole("row")).toHaveCount(2);
  await expect(first).toContainText(
    "Refused: The robot of the tests asked for a sync, and got none (No worker).",
  );
  await page.getByRole("link", { name: "Clear the filter" }).click();

  await page.goto(`/admin/audit?actor=${encodeURIComponent(robot)}&action=test.many`);
  const json = await page.request.get(
    (await page.getByRole("link", { name: /JSON/ }).getAttribute("href")) ?? "",
  );
  expect(await json.json()).toHaveLength(60);
  const csv = await page.request.get(
    (await page.getByRole("link", { name: /CSV/ }).getAttribute("href")) ?? "",
  );
  expect((await csv.text()).trim().split("\n")).toHaveLength(61);
  expect(await csv.text()).toContain("test.many");

  await page.goto("/admin/audit");
  await page.locator("input[name=text]").fill(marker);
  await page.locator("select[name=kind]").selectOption("sync");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(table.getByRole("row")).toHaveCount(2);
  await page.locator("select[name=kind]").selectOption("alerts");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByText("No events match.")).toBeVisible();
});

test.describe("in another time zone", () => {
  test.use({ timezoneId: "Asia/Tokyo" });

  test("the days of the audit's filter are the viewer's, and the page says so", async ({ site, page }) => {
    const marker = `in Tokyo ${Date.now()}`;
    // Five in the morning of the 3rd there, the evening of the 2nd in UTC.
    const at = new Date("2026-05-02T20:00:00Z");
    await site.db.auditEvent.create({
      data: { at, actor: "the worker", action: "sync.schedule", reason: marker },
    });
    await site.signIn(page.context(), "OPS");
    await page.goto("/admin/audit");
    await page.getByLabel("From (Asia/Tokyo)").fill("2026-05-03");
    await page.getByLabel("To, inclusive (Asia/Tokyo)").fill("2026-05-03");
    await page.locator("input[name=text]").fill(marker);
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page.getByRole("table", { name: "Audit log" }).getByRole("row")).toHaveCount(2);
    await page.getByLabel("From (Asia/Tokyo)").fill("2026-05-04");
    await page.getByLabel("To, inclusive (Asia/Tokyo)").fill("");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page.getByText("No events match.")).toBeVisible();
  });
});

test("every inline script has the nonce of its page, and no other inline script is allowed", async ({
  site,
  page,
}) => {
  await site.signIn(page.context(), "OPS");
  for (const path of ["/", "/account", "/admin", "/admin/sync", "/admin/audit", "/no/such/page"]) {
    const response = await page.request.get(path);
    const policy = response.headers()["content-security-policy"] ?? "";
    const scripts = /script-src ([^;]+)/.exec(policy)?.[1] ?? "";
    const nonce = /'nonce-([^']+)'/.exec(scripts)?.[1];
    expect(nonce, path).toMatch(/^.{20,}$/);
    expect(scripts, path).not.toContain("unsafe-inline");
    const tags = [...(await response.text()).matchAll(/<script\b([^>]*)>/g)].map((match) => match[1] ?? "");
    expect(tags.length, path).toBeGreaterThan(0);
    for (const tag of tags) if (!/\bsrc=/.test(tag)) expect(tag, path).toContain(`nonce="${nonce}"`);
    const again = (await page.request.get(path)).headers()["content-security-policy"];
    expect(again, "a nonce is used once").not.toBe(policy);
  }
});

test("logging out everywhere ends the other device's session as well", async ({ site, page, newReader }) => {
  const other = await newReader();
  await site.signIn(page.context(), "EDITOR");
  await site.signIn(other.context(), "EDITOR");
  await page.goto("/editor");
  await page.getByRole("link", { name: /Your account/ }).click();
  await page.getByRole("button", { name: "Log out everywhere" }).click();
  await expect(page).toHaveURL("/login");
  await other.goto("/editor");
  await expect(other).toHaveURL(/\/login\?next=/);
});
