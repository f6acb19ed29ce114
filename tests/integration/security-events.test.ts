import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashPassword } from "../../app/auth/passwords";
import { scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { signIn } from "../support/sign-in";
import { until } from "../support/until";
import { createStory } from "../support/views";
import { needBuild, startWeb, type WebProcess } from "../support/web-process";

const scratch = scratchDirectory("security-events");
const SECRET = "only for tests, as it is written here";
const TOKEN = "a token of the tests";
const ADDRESS = "203.0.113.77";
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let web: WebProcess;
const users = new Map<string, number>();

beforeAll(async () => {
  await needBuild();
  database = await createTestDatabase();
  await createStory(database.pool, "exported");
  for (const role of ["READER", "EDITOR", "OPS"] as const) {
    const passwordHash = await hashPassword("low water, high water");
    const email = `${role.toLowerCase()}@example.test`;
    const user = await database.db.user.create({ data: { email, name: role, role, passwordHash } });
    users.set(role, user.id);
  }
  await database.db.story.updateMany({ data: { authorId: users.get("EDITOR") } });
  web = await startWeb({
    DATABASE_URL: database.url,
    JOURNAL_DIR: scratch.dir,
    VIEW_TRACKING_REDIS_ENABLED: "false",
    VIEW_DATABASE_TIMEOUT_MS: "10000",
    METRICS_TOKEN: TOKEN,
    TRUST_PROXY: "1",
  });
}, 120_000);
afterAll(async () => {
  await web?.stop();
  await database?.drop();
  scratch.remove();
});

async function send(path: string, init: RequestInit & { headers?: Record<string, string> } = {}) {
  const answer = await fetch(web.origin + path, {
    ...init,
    redirect: "manual",
    headers: { "X-Forwarded-For": ADDRESS, ...init.headers },
  });
  await answer.arrayBuffer();
  return answer.status;
}

const logIn = (email: string, password: string) =>
  send("/login", { method: "POST", body: new URLSearchParams({ email, password }) });

const cookieOf = (role: string) => signIn(database.pool, `${role.toLowerCase()}@example.test`, SECRET);

/** The event's lines so far. */
const lines = (event: string) => web.logs.filter((log) => log.security === event);
const line = async (event: string) => {
  await until(`a line of ${event}`, () => lines(event).length > 0);
  return lines(event)[0];
};

describe("security events", () => {
  it("are lines with the account's id, if it is known", async () => {
    expect(await logIn("reader@example.test", "wrong")).toBe(401);
    expect(await line("log-in-failed")).toMatchObject({ userId: users.get("READER"), level: 40 });
    expect((await line("log-in-failed"))?.requestId).toMatch(/^[\w-]{8,64}$/);
    expect(await logIn("stranger@example.test", "wrong")).toBe(401);
    await until("the second line", () => lines("log-in-failed").length === 2);
    expect(lines("log-in-failed")[1]).not.toHaveProperty("userId");
    expect(await logIn("reader@example.test", "low water, high water")).toBe(303);
    expect(await line("log-in")).toMatchObject({ userId: users.get("READER"), level: 30 });
    for (let n = 0; n < 6; n += 1) await logIn("limited@example.test", "wrong");
    expect(await line("log-in-limited")).toMatchObject({ limit: "account" });
  });

  it("are recorded of refusals, by permission, and of requests that another site sent", async () => {
    expect(await send("/admin", { headers: { Cookie: await cookieOf("READER") } })).toBe(403);
    expect(await line("forbidden")).toMatchObject({
      userId: users.get("READER"),
      permission: "admin.view",
      path: "/admin",
    });
    expect(await send("/admin/queues", { headers: { Cookie: await cookieOf("EDITOR") } })).toBe(403);
    expect(await send("/admin/live", { headers: { Cookie: await cookieOf("EDITOR") } })).toBe(403);
    await until("lines of both", () =>
      ["/admin/queues", "/admin/live"].every((path) => lines("forbidden").some((log) => log.path === path)),
    );
    expect(await send("/logout", { method: "POST", headers: { Origin: "https://evil.example" } })).toBe(403);
    expect(await line("cross-site")).toMatchObject({ method: "POST", path: "/logout" });
  });

  it("are recorded of exports: who, and which file", async () => {
    const files = {
      OPS: [
        "/admin/audit.csv?action=x",
        "/admin/audit.json",
        "/admin/raw/sync-runs.csv",
        "/admin/chart/latency.csv",
      ],
      EDITOR: [
        "/editor/stories/exported/views.csv",
        "/editor/stories/exported/views.json",
        "/editor/stories/exported/shown.csv",
        "/editor/stories/exported/shown.json",
        "/editor/stories.csv",
        "/editor/stories.json",
      ],
    };
    for (const [role, paths] of Object.entries(files))
      for (const path of paths) {
        const status = await send(path, { headers: { Cookie: await cookieOf(role) } });
        const noted = () =>
          lines("export").some((log) => log.path === path.split("?")[0] && log.userId === users.get(role));
        if (status === 200) await until(`a line of ${path}`, noted);
        else expect([path, status]).toEqual([path, 200]);
      }
    expect(await send("/admin/raw/no-such.csv", { headers: { Cookie: await cookieOf("OPS") } })).toBe(404);
    expect(lines("export").some((log) => log.path === "/admin/raw/no-such.csv")).toBe(false);
  });

  it("never name an address, an e-mail address or a password", async () => {
    const text = JSON.stringify(web.logs);
    expect(text).toContain("log-in-failed");
    expect(text).not.toMatch(/203\.0\.113|@example|low water|stranger/);
  });

  it("are counted in the metrics, and failures in Postgres", async () => {
    const answer = await fetch(`${web.origin}/metrics`, { headers: { Authorization: `Bearer ${TOKEN}` } });
    const text = await answer.text();
    const count = (event: string) =>
      Number(
        new RegExp(`^tidemark_security_events_total\\{event="${event}"\\} (\\d+)$`, "m").exec(text)?.[1],
      );
    for (const event of ["log-in", "log-in-failed", "log-in-limited", "forbidden", "cross-site", "export"])
      expect(count(event), event).toBe(lines(event).length);
    const { _sum } = await database.db.logInFailure.aggregate({ _sum: { failures: true } });
    expect(_sum.failures).toBe(lines("log-in-failed").length);
  });
});
