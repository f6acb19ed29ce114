import { expect, test } from "./test";
import { storyToRead } from "./views";

const ROLES = ["READER", "EDITOR", "OPS"] as const;

/** Addresses of bull-board and of its API, with the methods that it knows and some that it does not. */
const QUEUE_REQUESTS = [
  ["GET", "/admin/queues/board"],
  ["GET", "/admin/queues/board/"],
  ["HEAD", "/admin/queues/board"],
  ["GET", "/admin/queues/board/queue/tidemark-sync"],
  ["GET", "/admin/queues/board/static/css/missing.css"],
  ["GET", "/admin/queues/board/api/queues"],
  ["PUT", "/admin/queues/board/api/queues/tidemark-sync/resume"],
  ["PUT", "/admin/queues/board/api/queues/tidemark-sync/clean/failed"],
  ["POST", "/admin/queues/board/api/queues/no-such-queue/add"],
  ["DELETE", "/admin/queues/board/api/queues/tidemark-sync"],
  ["PATCH", "/admin/queues/board/api/queues"],
  ["GET", "/ADMIN/queues/board/api/queues"],
  ["GET", "//admin/queues/board/api/queues"],
  ["GET", "/admin%2Fqueues/board/api/queues"],
  // Where the board was in earlier versions.
  ["GET", "/admin/queues"],
  ["GET", "/admin/queues/queue/tidemark-sync"],
  ["GET", "/admin/queues/api/queues"],
  ["PUT", "/admin/queues/api/queues/tidemark-sync/clean/failed"],
] as const;

test.describe("operations", () => {
  const forbidden = /Failed to load resource: the server responded with a status of 403/;

  for (const role of ["READER", "EDITOR"] as const)
    test(`${role} gets 403 at /admin`, async ({ site, page, expected }) => {
      expected.push(forbidden);
      await site.signIn(page.context(), role);
      const response = await page.goto("/admin");
      expect(response?.status()).toBe(403);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("You do not have access to this page");
      // A request can address a single loader or action, so each of them must check.
      for (const [method, path] of [
        ["GET", "/admin?_data=routes/admin"],
        ["GET", "/admin?_data=routes/admin._index"],
        ["GET", "/admin?index&_data=routes/admin._index"],
        ["POST", "/admin?index&_data=routes/admin._index"],
        ["POST", "/admin?index"],
        ["GET", "/admin/raw/sync-runs.csv"],
        ["GET", "/admin/raw/fallback-story-views.csv"],
      ] as const) {
        const answer = await page.request.fetch(path, { method, maxRedirects: 0 });
        expect(answer.status(), `${method} ${path}`).toBe(403);
      }
    });

  test("signed-out visitors get the log-in page, and return after logging in", async ({
    site,
    page,
    expected,
  }) => {
    expected.push(/Failed to load resource: the server responded with a status of 401/);
    await page.goto("/admin?range=6h");
    await expect(page).toHaveURL(`/login?next=${encodeURIComponent("/admin?range=6h")}`);
    const ops = site.accounts.find(({ role }) => role === "OPS");
    await page.getByLabel("E-mail address").fill(ops?.email ?? "");
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page.getByRole("alert")).toHaveText(/do not match/);
    await expect(page.getByLabel("E-mail address")).toHaveValue(ops?.email ?? "");
    await page.getByLabel("Password").fill(ops?.password ?? "");
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page).toHaveURL("/admin?range=6h");
    await expect(page.getByRole("banner")).toContainText("Ola Brandt");

    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax" });
    await page.getByRole("button", { name: "Log out" }).click();
    await expect(page.getByRole("link", { name: "Log in" })).toBeVisible();
    // The old cookie is useless now: the session's row is gone.
    await page.context().addCookies([{ ...cookie, name: cookie?.name ?? "", value: cookie?.value ?? "" }]);
    await page.goto("/admin");
    await expect(page).toHaveURL(/\/login\?next=/);
  });

  test("every request under /admin/queues needs the permission, whatever its method", async ({
    site,
    request,
    expected,
  }) => {
    // Methods unknown to the board are passed on to the site, which has nothing there.
    expected.push(/"status":405/);
    for (const [method, path] of QUEUE_REQUESTS) {
      const send = async (cookie: string) =>
        request.fetch(site.origin + path, {
          method,
          maxRedirects: 0,
          headers: cookie ? { Cookie: cookie } : {},
        });
      const signedOut = await send("");
      const about = `${method} ${path}`;
      // An address that the board does not have is a 404 for everyone, and one that is not canonical (//admin) a 400: they reveal
      // nothing of the board.
      if ([400, 404].includes(signedOut.status())) {
        expect((await send(await site.session("OPS"))).status(), about).toBe(signedOut.status());
        continue;
      }
      expect(signedOut.status(), `${about}, signed out`).toBe(302);
      expect(signedOut.headers().location, about).toMatch(/^\/login\?next=/);
      for (const role of ROLES) {
        const status = (await send(await site.session(role))).status();
        if (role === "OPS") expect([302, 401, 403], `${about}, OPS`).not.toContain(status);
        else expect(status, `${about}, ${role}`).toBe(403);
      }
    }
  });

  test("OPS sees the queues, and the board below them, also at its former addresses", async ({
    site,
    page,
  }) => {
    await site.signIn(page.context(), "OPS");
    const queues = await page.request.get("/admin/queues/api/queues");
    expect((await queues.json()).queues).toMatchObject([{ name: "tidemark-sync" }]);
    await page.goto("/admin");
    await page.getByRole("link", { name: "Queues" }).click();
    await expect(page).toHaveTitle(/Queues · Tidemark$/);
    await page.getByRole("link", { name: "Raw queue board" }).click();
    await expect(page).toHaveTitle("Queue board · Tidemark");
    await expect(page.getByText("tidemark-sync").first()).toBeVisible();
    await page.goto("/admin/queues/queue/tidemark-sync?status=completed");
    await expect(page).toHaveURL("/admin/queues/board/queue/tidemark-sync?status=completed");
  });
});

test.describe("editors", () => {
  test("/editor shows editors their own stories and no others", async ({ site, page, expected }) => {
    const editor = site.accounts.find(({ role }) => role === "EDITOR")?.email ?? "";
    const stories = await site.db.story.findMany({
      include: { author: true, editors: { include: { user: true } } },
    });
    const isTheirs = (story: (typeof stories)[number]) =>
      story.author.email === editor || story.editors.some(({ user }) => user.email === editor);
    const mine = stories.filter(isTheirs);
    const others = stories.filter((story) => !isTheirs(story));
    expect(mine.length, "the seed gives them some").toBeGreaterThan(1);
    expect(others.length, "and others too").toBeGreaterThan(1);

    await site.signIn(page.context(), editor);
    await page.goto("/editor");
    const table = page.getByRole("table", { name: "Your stories" });
    await expect(table.getByRole("rowheader")).toHaveCount(mine.length);
    for (const story of mine) await expect(table.getByRole("link", { name: story.title })).toBeVisible();
    for (const story of others) await expect(page.getByText(story.title)).toHaveCount(0);

    expected.push(/Failed to load resource: the server responded with a status of 404/);
    for (const { slug, title } of others) {
      const address = `/editor/stories/${slug}`;
      const response = await page.goto(address);
      expect(response?.status()).toBe(404);
      expect(await response?.text()).not.toContain(title);
      for (const part of [
        "?_data=routes/editor.stories.$slug._index",
        "?_data=routes/editor.stories.$slug",
        "/readers",
        "/sources",
        "/share",
        "/share?_data=routes/editor.stories.$slug.share",
        "/readers?_data=routes/editor.stories.$slug.readers",
        "/sources?_data=routes/editor.stories.$slug.sources",
        "/views.csv",
        "/views.json",
        "/shown.csv",
        "/shown.json",
      ])
        expect((await page.request.get(address + part)).status(), address + part).toBe(404);
    }
    for (const { slug } of mine) {
      expect((await page.request.get(`/editor/stories/${slug}`)).status()).toBe(200);
      expect((await page.request.get(`/editor/stories/${slug}/views.csv`)).status()).toBe(200);
    }
  });

  test("readers, operators and signed-out visitors cannot open the editors' pages", async ({
    site,
    request,
  }) => {
    const { slug } = await storyToRead(site);
    const paths = [
      "/editor",
      "/editor?_data=routes/editor._index",
      "/editor/stories.csv",
      "/editor/stories.json",
      ...["", "/readers", "/sources", "/share", "/views.csv", "/views.json", "/shown.csv", "/shown.json"].map(
        (part) => `/editor/stories/${slug}${part}`,
      ),
    ];
    for (const path of paths) {
      const send = (headers: Record<string, string>) =>
        request.get(site.origin + path, { maxRedirects: 0, headers });
      for (const role of ["READER", "OPS"])
        expect((await send({ Cookie: await site.session(role) })).status(), `${role} at ${path}`).toBe(403);
      const signedOut = await send({});
      // Remix sends a redirect to its own client as 204 with a header.
      const to = signedOut.headers().location ?? signedOut.headers()["x-remix-redirect"];
      expect(to, `signed out at ${path}`).toMatch(/^\/login\?next=%2Feditor/);
      expect(await signedOut.text()).not.toContain("readCount");
    }
  });
});

test("a POST from another site is refused", async ({ site, request }) => {
  const cookie = await site.session("OPS");
  const before = await site.db.auditEvent.count();
  const { path } = await storyToRead(site);
  for (const headers of [
    { Origin: "https://evil.example" },
    { Origin: "null" },
    { "Sec-Fetch-Site": "cross-site", Origin: site.origin },
    { "Sec-Fetch-Site": "same-site" },
  ] as Record<string, string>[])
    for (const [method, address] of [
      ["POST", path],
      ["POST", "/login"],
      ["POST", "/logout"],
      ["POST", "/admin?index"],
      ["PUT", "/admin/queues/board/api/queues/tidemark-sync/pause"],
    ] as const) {
      const answer = await request.fetch(site.origin + address, {
        method,
        headers: { ...headers, Cookie: cookie },
        maxRedirects: 0,
      });
      expect(answer.status(), `${method} ${address} with ${JSON.stringify(headers)}`).toBe(403);
    }
  expect(await site.db.auditEvent.count(), "and no action was carried out").toBe(before);
  expect((await request.get(`${site.origin}/admin`, { headers: { Cookie: cookie } })).status()).toBe(200);
});

for (const who of ["signed out", "signed in"] as const)
  test(`ten wrong passwords, then 429 whatever the password (${who})`, async ({ site, request }) => {
    // A process of its own remembers for some seconds whom it refused.
    const { origin, stop } = await site.startWeb();
    const reader = site.accounts.find(({ role }) => role === "READER");
    // An attacker may have an account themselves.
    const headers: Record<string, string> =
      who === "signed in" ? { Cookie: await site.session("EDITOR") } : { Cookie: "" };
    const logIn = (password: string) =>
      request.post(`${origin}/login`, {
        form: { email: reader?.email ?? "", password },
        headers,
        maxRedirects: 0,
      });
    // Correct passwords do not use up the attempts.
    if (who === "signed out")
      for (let attempt = 0; attempt < 3; attempt += 1)
        expect((await logIn(reader?.password ?? "")).status()).toBe(303);
    for (let attempt = 0; attempt < 10; attempt += 1)
      expect((await logIn(`wrong ${attempt}`)).headers()["set-cookie"]).toBeUndefined();
    for (const password of ["wrong", reader?.password ?? ""]) {
      const refused = await logIn(password);
      expect(refused.status()).toBe(429);
      expect(refused.headers()["retry-after"]).toMatch(/^\d+$/);
      expect(await refused.text()).toMatch(/[Tt]oo many/);
    }
    await stop();
    // All of this site's tests come from one address.
    await site.db.logInTry.deleteMany();
  });
