import type { Page } from "@playwright/test";
import { hashPassword } from "../../app/auth/passwords";
import type { Role } from "../../app/shared/roles";
import type { Site } from "./site";
import { expect, test } from "./test";

const PASSWORD = "a password of the browser tests";
let people = 0;

async function newPerson(site: Site, role: Role) {
  people += 1;
  const email = `user${people}.${process.pid}@example.test`;
  const passwordHash = await hashPassword(PASSWORD);
  return site.db.user.create({ data: { email, name: `User ${people} of the tests`, role, passwordHash } });
}

const control = (page: Page, name: string) =>
  page.locator("details").filter({ has: page.locator("summary").filter({ hasText: name }) });

async function submit(page: Page, name: string, reason: string, button: string) {
  const part = control(page, name);
  if ((await part.getAttribute("open")) === null) await part.locator("summary").click();
  await part.getByLabel(/^Reason/).fill(reason);
  await part.getByRole("button", { name: button }).click();
}

test.describe("the users' page", () => {
  test.use({ expected: [/status of (401|403|400)/] });

  test("changes a role, disables and enables an account, each with a reason", async ({
    site,
    page,
    newReader,
  }) => {
    test.setTimeout(90_000);
    const person = await newPerson(site, "READER");
    const read = () => site.db.user.findUniqueOrThrow({ where: { id: person.id } });
    const other = await newReader();
    await site.signIn(other.context(), person.email);
    await other.goto("/account");
    await expect(other.getByRole("heading", { level: 1 })).toHaveText(person.name);

    await site.signIn(page.context(), "OPS");
    await page.goto("/admin");
    await page.getByRole("navigation", { name: "Operations" }).getByRole("link", { name: "Users" }).click();
    await page.getByLabel("Name, address or number").fill(person.email);
    await page.getByRole("button", { name: "Search" }).click();
    const row = page.getByRole("table", { name: "Accounts" }).getByRole("row").nth(1);
    await expect(row).toContainText("reader");
    await row.getByRole("link", { name: person.name }).click();

    // Without a reason nothing happens, and the page says so beside the field.
    await control(page, "Role").locator("summary").click();
    await control(page, "Role").getByLabel("Role").selectOption("editor");
    await control(page, "Role").getByRole("button", { name: "Change the role" }).click();
    await expect(control(page, "Role").getByLabel(/^Reason/)).toHaveAccessibleDescription(/Say why/);
    expect((await read()).role).toBe("READER");
    await submit(page, "Role", "writes for us now", "Change the role");
    await expect(control(page, "Role").getByRole("status")).toContainText(
      "is now an editor instead of a reader",
    );
    expect((await read()).role).toBe("EDITOR");

    await submit(page, "Disable", "left the house", "Disable the account");
    await expect(page.getByRole("status").filter({ hasText: "cannot log in any more" })).toBeVisible();
    expect((await read()).disabledAt).not.toBeNull();
    await other.goto("/account");
    await expect(other).toHaveURL(/\/login/);
    await other.getByLabel("E-mail address").fill(person.email);
    await other.getByLabel("Password").fill("not the password");
    await other.getByRole("button", { name: "Log in" }).click();
    await expect(other.getByRole("alert")).toContainText("do not match");
    await other.getByLabel("Password").fill(PASSWORD);
    await other.getByRole("button", { name: "Log in" }).click();
    await expect(other.getByRole("alert")).toContainText("This account is disabled.");

    await submit(page, "Enable", "back again", "Enable the account");
    await expect(page.getByRole("status").filter({ hasText: "can log in again" })).toBeVisible();
    expect((await read()).disabledAt).toBeNull();
    expect(
      await site.db.auditEvent.findMany({
        where: { target: `user ${person.id}` },
        orderBy: { id: "asc" },
        select: { action: true, reason: true },
      }),
    ).toEqual([
      { action: "user.role", reason: "writes for us now" },
      { action: "user.disable", reason: "left the house" },
      { action: "user.enable", reason: "back again" },
    ]);
  });
});

test("a read-only operator sees the operators' pages, and every form is switched off", async ({
  site,
  page,
}) => {
  const auditor = await newPerson(site, "AUDITOR");
  await site.signIn(page.context(), auditor.email);
  for (const path of [
    "/admin",
    "/admin/sync",
    "/admin/alerts",
    "/admin/drill",
    "/admin/audit",
    "/admin/users",
    "/admin/runbook",
  ]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 }), path).toBeVisible();
    const posts = page.locator('main form[method="post"]');
    for (const form of await posts.all())
      await expect(form.locator("button[type=submit]"), path).toBeDisabled();
  }
  await page.goto("/admin/sync");
  await page.locator("summary").filter({ hasText: "Pause" }).click();
  const pause = control(page, "Pause");
  await expect(
    pause.getByText("You are a read-only operator: only operators can change this."),
  ).toBeVisible();
  await expect(pause.getByLabel(/^Reason/)).toBeDisabled();
  await expect(pause.getByRole("button", { name: "Pause the sync" })).toHaveAccessibleDescription(
    /read-only/,
  );
  const before = await site.db.auditEvent.count();
  const answer = await page.request.post("/admin/sync?_data=routes%2Fadmin.sync", {
    form: { intent: "pause", hours: "1", reason: "from outside the page" },
    headers: { Origin: site.origin },
  });
  expect([answer.status(), await answer.text()]).toEqual([
    403,
    "You are signed in as a read-only operator. Only operators can change this.",
  ]);
  const board = await page.request.put("/admin/queues/api/queues/tidemark-sync/clean/failed", {
    headers: { Origin: site.origin, "X-Reason": "from outside the page" },
  });
  expect(board.status()).toBe(405);
  expect(await site.db.auditEvent.count()).toBe(before);
});

test.describe("at the editors' page", () => {
  test.use({ expected: [/status of 403/] });

  test("an operator learns whose page it is, and finds their own", async ({ site, page }) => {
    await site.signIn(page.context(), "OPS");
    await page.goto("/editor");
    await expect(page.getByText("This page is for editors. You are signed in as an operator.")).toBeVisible();
    await page.getByRole("main").getByRole("link", { name: "Operations" }).click();
    await expect(page).toHaveURL("/admin");
  });
});

test.describe("after a change of role", () => {
  test.use({ expected: [/status of 403/] });

  test("a form whose person may no longer send it is refused in words, and keeps its input", async ({
    site,
    page,
  }) => {
    const operator = await newPerson(site, "OPS");
    await site.signIn(page.context(), operator.email);
    await page.goto("/admin/sync");
    await page.locator("summary").filter({ hasText: "Pause" }).click();
    const pause = control(page, "Pause");
    await pause.getByLabel(/^Reason/).fill("moving Postgres");
    await site.db.user.update({ where: { id: operator.id }, data: { role: "AUDITOR" } });
    await pause.getByRole("button", { name: "Pause the sync" }).click();
    await expect(pause.getByRole("alert")).toContainText("Only operators can change this.");
    await expect(pause.getByLabel(/^Reason/)).toHaveValue("moving Postgres");
    await site.db.user.delete({ where: { id: operator.id } });
  });
});
