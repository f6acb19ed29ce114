import { hashPassword } from "../../app/auth/passwords";
import { expect, test } from "./test";

test("a reader downloads their data, deletes their account, and can no longer log in", async ({
  site,
  page,
  expected,
}) => {
  expected.push(/status of 422/);
  const reader = { email: `leaving-${process.pid}@example.test`, password: "a password of the tests" };
  const passwordHash = await hashPassword(reader.password);
  await site.db.user.create({ data: { email: reader.email, name: "Lee Leaving", passwordHash } });
  await site.signIn(page.context(), reader.email);
  await page.goto("/account");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download my data" }).click();
  expect((await download).suggestedFilename()).toBe("tidemark-account.json");
  const data = await (await page.request.get("/account/data.json")).json();
  expect(data.account.email).toBe(reader.email);

  await page.getByRole("link", { name: "Delete my account" }).click();
  await expect(page.getByRole("heading", { name: "Delete your account?" })).toBeVisible();
  await page.getByLabel("Password").fill("not it");
  await page.getByLabel("I know that this cannot be undone.").check();
  await page.getByRole("button", { name: "Delete my account" }).click();
  await expect(page.getByText("This is not your password.")).toBeVisible();

  await page.getByLabel("Password").fill(reader.password);
  await page.getByLabel("I know that this cannot be undone.").check();
  await page.getByRole("button", { name: "Delete my account" }).click();
  await expect(page).toHaveURL(`${site.origin}/`);
  expect(await site.db.user.count({ where: { email: reader.email } })).toBe(0);
  expect((await page.request.get("/account", { maxRedirects: 0 })).status()).toBe(302);
});

test("an author is told what keeps their account", async ({ site, page }) => {
  await site.signIn(page.context(), "EDITOR");
  await page.goto("/account/delete");
  await expect(page.getByText("they need another author first")).toBeVisible();
  await expect(page.getByRole("button", { name: "Delete my account" })).toHaveCount(0);
});
