import { expect, test } from "./test";

test("the audit log shows who did what and why, can be filtered, and is exported in full", async ({
  site,
  page,
}) => {
  const marker = `reason ${Date.now()}`;
  await site.db.auditEvent.createMany({
    data: [
      ...Array.from({ length: 60 }, (_, i) => ({
        actor: "robot@example.test",
        action: "test.many",
        reason: `${i}`,
      })),
      {
        actor: "ola@example.test",
        action: "test.one",
        reason: marker,
        before: { intervalHours: 12, paused: false },
        after: { intervalHours: 6, paused: false },
      },
    ],
  });
  await site.signIn(page.context(), "OPS");
  await page.goto("/admin");
  await page.getByRole("navigation", { name: "Operations" }).getByRole("link", { name: "Audit" }).click();
  const table = page.getByRole("table", { name: "Audit log" });
  const first = table.getByRole("row").nth(1);
  await expect(first).toContainText("test.one");
  await expect(first).toContainText("intervalHours: 12 → 6");
  await expect(first).not.toContainText("paused");
  await expect(table.getByRole("row")).toHaveCount(51);
  await page.getByRole("link", { name: "Older" }).click();
  await expect(first).not.toContainText("test.one");
  await page.getByRole("link", { name: "Newest" }).click();

  await page.locator("select[name=action]").selectOption("test.many");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/action=test.many/);
  await expect(first).toContainText("robot@example.test");
  const json = await page.request.get(
    (await page.getByRole("link", { name: /JSON/ }).getAttribute("href")) ?? "",
  );
  expect(await json.json()).toHaveLength(60);
  const csv = await page.request.get(
    (await page.getByRole("link", { name: /CSV/ }).getAttribute("href")) ?? "",
  );
  expect((await csv.text()).trim().split("\n")).toHaveLength(61);

  await page.locator("select[name=action]").selectOption("");
  await page.locator("input[name=text]").fill(marker);
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(table.getByRole("row")).toHaveCount(2);
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
