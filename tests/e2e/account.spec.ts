import type { Page } from "@playwright/test";
import { Secret, TOTP } from "otpauth";
import { hashPassword } from "../../app/auth/passwords";
import type { Site } from "./site";
import { expect, test } from "./test";

const PASSWORD = "a password of the tests";
let people = 0;

/** Each test has a person of its own: it changes their password and their sessions. */
async function newPerson(site: Site, role: "READER" | "OPS" = "READER") {
  people += 1;
  const email = `person-${process.pid}-${people}@example.test`;
  await site.db.user.create({
    data: { email, name: "Pat Person", role, passwordHash: await hashPassword(PASSWORD) },
  });
  return email;
}

async function logIn(page: Page, email: string, password = PASSWORD, next = "/account", origin = "") {
  await page.goto(`${origin}/login?next=${encodeURIComponent(next)}`);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

const codeField = (page: Page) => page.getByRole("textbox", { name: "Code" });

/** Sets a second factor up, from the account page. @returns the app, and recovery codes. */
async function setUp(page: Page) {
  await page.getByLabel("Your password").fill(PASSWORD);
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByRole("img", { name: /QR code/ })).toBeVisible();
  const key = await page.getByText(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/).textContent();
  const app = new TOTP({ secret: Secret.fromBase32((key ?? "").replaceAll(" ", "")) });
  await codeField(page).fill("000000");
  await page.getByRole("button", { name: "Switch on" }).click();
  await expect(page.getByText("This code is not right.")).toBeVisible();
  const used = app.generate();
  await codeField(page).fill(used);
  await page.getByRole("button", { name: "Switch on" }).click();
  const list = page.getByRole("list", { name: "Recovery codes" });
  await expect(list.getByRole("listitem")).toHaveCount(10);
  return { app, used, recoveryCodes: await list.getByRole("listitem").allInnerTexts() };
}

test("a second factor is set up, and then a log-in needs a code that was not used before", async ({
  site,
  page,
  newReader,
  expected,
}) => {
  expected.push(/status of 40[01]/);
  const email = await newPerson(site);
  await logIn(page, email);
  const { app, used, recoveryCodes } = await setUp(page);
  await page.reload();
  await expect(page.getByText("10 of 10 recovery codes are left")).toBeVisible();
  await expect(page.getByRole("list", { name: "Recovery codes" }), "they are shown once").toHaveCount(0);

  const other = await newReader();
  await logIn(other, email);
  await expect(other).toHaveURL(/\/login\/code/);
  await other.goto("/account");
  await expect(other, "the password alone opens nothing").toHaveURL(/\/login\?next/);
  await logIn(other, email);
  // The code that confirmed the app is used up.
  await codeField(other).fill(used);
  await other.getByRole("button", { name: "Log in" }).click();
  await expect(other.getByRole("alert")).toContainText("This code is wrong, or it was used before.");
  await codeField(other).fill(app.generate({ timestamp: Date.now() + 30_000 }));
  await other.getByRole("button", { name: "Log in" }).click();
  await expect(other).toHaveURL(/\/account$/);

  const third = await newReader();
  for (const arrives of [true, false]) {
    await third.context().clearCookies();
    await logIn(third, email);
    await codeField(third).fill(recoveryCodes[0]?.toUpperCase() ?? "");
    await third.getByRole("button", { name: "Log in" }).click();
    if (arrives) await expect(third).toHaveURL(/\/account$/);
    else
      await expect(third.getByRole("alert"), "a recovery code works once").toContainText(
        "This code is wrong",
      );
  }

  const row = await site.db.secondFactor.findFirstOrThrow({ where: { user: { email } } });
  expect(row.secret, "the secret is encrypted").not.toContain(app.secret.base32);

  await page.reload();
  await page.getByText("Switch off", { exact: true }).first().click();
  const proof = page.getByLabel("Your password, or a code").last();
  await proof.fill("not the password at all");
  await page.getByRole("button", { name: "Switch off" }).click();
  await expect(page.getByText("This is not your password.")).toBeVisible();
  await proof.fill(PASSWORD);
  await page.getByRole("button", { name: "Switch off" }).click();
  await expect(page.getByText("Your second factor is off.")).toBeVisible();
  await third.context().clearCookies();
  await logIn(third, email);
  await expect(third).toHaveURL(/\/account$/);
});

test("a new password ends the sessions of other browsers", async ({ site, page, newReader, expected }) => {
  expected.push(/status of 401/);
  const email = await newPerson(site);
  const other = await newReader();
  await logIn(other, email);
  await expect(other).toHaveURL(/\/account$/);
  await logIn(page, email);

  const form = { current: page.getByLabel("Current password"), again: page.getByLabel("New password again") };
  const fresh = page.getByLabel("New password (");
  await form.current.fill("not my password");
  await fresh.fill("a better password");
  await form.again.fill("another password");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("This is not the same as the new password.")).toBeVisible();
  await expect(fresh, "the input is kept").toHaveValue("a better password");
  await form.again.fill("a better password");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("This is not your password.")).toBeVisible();
  await form.current.fill(PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Your password is changed. 1 other session has ended.")).toBeVisible();

  await other.reload();
  await expect(other).toHaveURL(/\/login/);
  await page.reload();
  await expect(page, "this browser stays logged in").toHaveURL(/\/account$/);
  await logIn(other, email);
  await expect(other.getByRole("alert")).toContainText("do not match");
  await logIn(other, email, "a better password");
  await expect(other).toHaveURL(/\/account$/);
});

test("the list of sessions names each browser, and ends one or all others", async ({
  site,
  page,
  newReader,
}) => {
  const email = await newPerson(site);
  const others: Page[] = [];
  for (const userAgent of [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
  ]) {
    const other = await newReader({ userAgent });
    await logIn(other, email);
    others.push(other);
  }
  await logIn(page, email);
  await expect(page.getByText("Chrome on Linux this browser")).toBeVisible();
  await page.getByRole("button", { name: "End the session of Safari on iOS" }).click();
  await expect(page.getByText("The session has ended.")).toBeVisible();
  await others[1]?.reload();
  await expect(others[1] as Page).toHaveURL(/\/login/);
  await others[0]?.reload();
  await expect(others[0] as Page).toHaveURL(/\/account$/);
  await page.getByRole("button", { name: "End all others" }).click();
  await expect(page.getByText("2 other sessions have ended.")).toBeVisible();
  await others[0]?.reload();
  await expect(others[0] as Page).toHaveURL(/\/login/);
  await expect(page.getByRole("button", { name: /^End/ })).toHaveCount(0);
});

test("with REQUIRE_OPS_TOTP, an operator reaches only their account until a second factor is on", async ({
  site,
  page,
  expected,
}) => {
  expected.push(/status of 400/);
  const { origin, stop } = await site.startWeb({ REQUIRE_OPS_TOTP: "true" });
  const email = await newPerson(site, "OPS");
  await logIn(page, email, PASSWORD, "/admin", origin);
  await expect(page).toHaveURL(`${origin}/account`);
  for (const path of ["/admin", "/admin/sync", "/admin/queues", "/admin/audit.csv"]) {
    await page.goto(origin + path);
    await expect(page, path).toHaveURL(`${origin}/account`);
  }
  const send = (path: string) => page.request.get(origin + path, { maxRedirects: 0 });
  expect((await send("/admin/live")).status()).toBe(403);
  expect(await (await send("/admin?_data=routes%2Fadmin._index")).text()).toBe("");
  await expect(page.getByText("Operators of this site need a second factor.")).toBeVisible();
  await setUp(page);
  await page.goto(`${origin}/admin`);
  await expect(page).toHaveURL(`${origin}/admin`);
  // Readers and editors are asked for nothing.
  const reader = await page.request.get(`${origin}/account`, {
    headers: { Cookie: await site.session("READER") },
  });
  expect(await reader.text()).not.toContain("Operators of this site");
  // The operators' page follows the site, which now goes.
  await page.goto("about:blank");
  await stop();
});
