import type { Site } from "./site";
import { expect, test } from "./test";

const LANDINGS = { OPS: "/admin", AUDITOR: "/admin", EDITOR: "/editor", READER: "/" } as const;
const BUTTONS = {
  OPS: "operator",
  AUDITOR: "read-only operator",
  EDITOR: "editor",
  READER: "reader",
} as const;
const ROLES = ["OPS", "AUDITOR", "EDITOR", "READER"] as const;

/** The ids of an account's sessions. Counting them would not do: a new one above the cap ends the oldest. */
const sessionsOf = async (site: Site, email: string) =>
  (
    await site.db.session.findMany({
      where: { user: { email } },
      select: { id: true },
      orderBy: { id: "asc" },
    })
  ).map(({ id }) => id);

function accountOf(site: Site, role: string) {
  const account = site.accounts.find((one) => one.role === role);
  if (!account) throw new Error(`the demo has no account of the role ${role}`);
  return account;
}

for (const role of ROLES) {
  test(`a log-in without a page to go to lands on ${LANDINGS[role]} for the role ${role}`, async ({
    site,
    page,
  }) => {
    const { email, password } = accountOf(site, role);
    await page.goto("/");
    await page.getByRole("link", { name: "Log in" }).click();
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page).toHaveURL(site.origin + LANDINGS[role]);
    await page.goto("/login");
    await expect(page, "someone who is logged in already").toHaveURL(site.origin + LANDINGS[role]);
  });

  test(`the demo's button for the role ${role} opens a session of its account`, async ({ site, page }) => {
    const { email } = accountOf(site, role);
    const before = await sessionsOf(site, email);
    await page.goto("/login");
    await page.getByRole("button", { name: `Enter as ${BUTTONS[role]}` }).click();
    await expect(page).toHaveURL(site.origin + LANDINGS[role]);
    const opened = (await sessionsOf(site, email)).filter((id) => !before.includes(id));
    expect(opened).toHaveLength(1);
    await expect.poll(() => site.logs.some((log) => log.security === "log-in")).toBe(true);
  });
}

test("a page that was asked for comes before the landing page", async ({ site, page }) => {
  await page.goto("/account");
  await page.getByRole("button", { name: "Enter as operator" }).click();
  await expect(page).toHaveURL(`${site.origin}/account`);
});

test("outside a demo there are no such buttons, and the server refuses what they send", async ({
  site,
  page,
  request,
}) => {
  const web = await site.startWeb({ SEED_DEMO: "false", PUBLIC_URL: "https://stories.example" });
  try {
    const { email } = accountOf(site, "OPS");
    const before = await sessionsOf(site, email);
    // The site's own origin is the public one, which a browser here cannot open.
    const headers = { Host: "stories.example", "X-Forwarded-Proto": "https" };
    const form = await request.get(`${web.origin}/login`, { headers });
    expect(await form.text()).not.toContain("Enter as");
    const answer = await request.post(`${web.origin}/login`, {
      headers: { ...headers, Origin: "https://stories.example" },
      form: { demo: "OPS" },
      maxRedirects: 0,
    });
    expect(answer.status()).toBe(403);
    expect(await answer.text()).toContain("public password of a demo");
    expect(await sessionsOf(site, email)).toEqual(before);
  } finally {
    await web.stop();
  }
  await page.goto("/login");
  await expect(page.getByRole("button", { name: "Enter as reader" })).toBeVisible();
});

test("an unknown demo account is refused in one line", async ({ request, site }) => {
  const answer = await request.post(`${site.origin}/login`, {
    headers: { Origin: site.origin },
    form: { demo: "constructor" },
  });
  expect(answer.status()).toBe(400);
  expect(await answer.text()).toContain("The demo has no such account.");
});
