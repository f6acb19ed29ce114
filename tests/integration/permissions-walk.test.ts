import type { AddressInfo } from "node:net";
import type { AppLoadContext } from "@remix-run/node";
import express from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { can, whyForbidden } from "../../app/auth/permissions";
import { createSessions } from "../../app/auth/sessions";
import type { Action } from "../../app/console/action";
import type { Runtime } from "../../app/runtime/create-runtime";
import { ROLES as USER_ROLES, type Role as UserRole } from "../../app/shared/roles";
import { queueBoard } from "../../server/queue-board";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { createStory } from "../support/views";

type Handler = (args: { request: Request; context: AppLoadContext; params: object }) => Promise<unknown>;
interface RouteModule {
  loader?: Handler;
  action?: Handler;
}
type Role = UserRole | "signed out";
type Answer = "allow" | "403" | "log-in";

/** Every route file, including those added later. */
const modules = import.meta.glob<RouteModule>("../../app/routes/*.{ts,tsx}");
const guarded = Object.keys(modules)
  .map((path) => path.replace("../../app/routes/", ""))
  .filter((file) => /^(admin|editor|account)/.test(file));

const ROLES: Role[] = ["signed out", ...USER_ROLES];
const METHODS = ["GET", "POST"] as const;

/** Who may open a page behind a log-in, by the first word of its file name. */
function expected(file: string, role: Role): Answer {
  if (role === "signed out") return "log-in";
  if (file.startsWith("account")) return "allow";
  const allowed: Role[] = file.startsWith("admin") ? ["OPS", "AUDITOR"] : ["EDITOR"];
  return allowed.includes(role) ? "allow" : "403";
}

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let runtime: Runtime;
const scratch = scratchDirectory("permissions");
const users = new Map<Role, number>();
const SECRET = "only for tests, as it is written here";

beforeAll(async () => {
  database = await createTestDatabase();
  const { redis, url } = await connectTestRedis(10);
  redis.disconnect();
  runtime = await createTestRuntime({ DATABASE_URL: database.url, REDIS_URL: url, JOURNAL_DIR: scratch.dir });
  await createStory(database.pool, "walked");
  for (const role of USER_ROLES) {
    const user = await database.db.user.create({
      data: { email: `${role}@example.test`, name: role, role, passwordHash: "x" },
    });
    users.set(role, user.id);
  }
});
afterAll(async () => {
  await runtime?.close();
  await database?.drop();
  scratch.remove();
});

/** A new session for every request: an allowed POST to the account ends them all. */
async function cookieOf(role: Role) {
  const userId = users.get(role);
  if (userId === undefined) return "";
  const sessions = createSessions({ db: database.db, secrets: [SECRET], secure: false });
  const session = await sessions.storage.getSession();
  session.set("userId", userId);
  return (await sessions.storage.commitSession(session)).split(";")[0] ?? "";
}

/** Calls a loader or an action as Remix does: alone, whatever its parent routes checked. */
async function call(
  handler: Handler,
  method: string,
  file: string,
  role: Role,
  intent = "none",
): Promise<Answer> {
  const controller = new AbortController();
  const path = `/${file.replace(/\.tsx?$/, "").replaceAll(".", "/")}`;
  const request = new Request(`http://site.test${path}`, {
    method,
    signal: controller.signal,
    headers: { Cookie: await cookieOf(role) },
    body: method === "POST" ? new URLSearchParams({ intent }) : undefined,
  });
  const context = { runtime, log: runtime.log, address: "192.0.2.1", cspNonce: "x" } as AppLoadContext;
  const params = { slug: "walked", file: "sync-runs.csv", id: "1" };
  const answer = await handler({ request, context, params }).catch((thrown: unknown) => {
    if (thrown instanceof Response) return thrown;
    throw thrown;
  });
  // Streams never end by themselves.
  controller.abort();
  if (!(answer instanceof Response)) return "allow";
  await answer.body?.cancel();
  if (answer.status === 403) return "403";
  return answer.headers.get("Location")?.startsWith("/login?next=") ? "log-in" : "allow";
}

describe("every page of operators and editors", () => {
  it("is found", () => {
    expect(guarded).toEqual(
      expect.arrayContaining(["admin._index.tsx", "admin.sync.tsx", "admin.audit.tsx", "editor._index.tsx"]),
    );
  });

  for (const file of guarded)
    it(`${file} checks the permission, for every role and method`, async () => {
      const module = await modules[`../../app/routes/${file}`]?.();
      // A page without its own loader would be open to everyone who requests it alone.
      expect(module?.loader, "it has a loader").toBeTypeOf("function");
      for (const role of ROLES)
        for (const method of METHODS) {
          const handler = method === "GET" ? module?.loader : module?.action;
          if (!handler) continue;
          expect(await call(handler, method, file, role), `${role} ${method}`).toBe(expected(file, role));
        }
    });
});

/** Every action of a console page, including those added later. */
const actionFiles = import.meta.glob<Record<string, unknown>>("../../app/pages/*/{actions,actions/*}.ts");
const isAction = (value: unknown): value is Action =>
  typeof value === "object" && value !== null && "permission" in value && "schema" in value && "run" in value;

/** They change nothing for others, so everyone who may see the page may do them. */
const OWN = ["mark-read", "mark-unread", "mark-all-read"];

describe("every action of the operators' pages", () => {
  it("is refused to everyone but full operators, and nothing is done", async () => {
    const catalogues = await Promise.all(Object.values(actionFiles).map((load) => load()));
    const actions = catalogues.flatMap((module) =>
      Object.values(module).flatMap((value) => (isAction(value) ? [] : Object.entries(value as object))),
    );
    const intents = actions
      .filter(([intent, action]) => isAction(action) && !OWN.includes(intent))
      .map(([intent]) => intent);
    for (const intent of [
      "pause",
      "switch",
      "void",
      "acknowledge",
      "add-channel",
      "start-drill",
      "role",
      "disable",
    ])
      expect(intents).toContain(intent);
    for (const [intent, action] of actions)
      if (isAction(action))
        for (const role of USER_ROLES)
          expect(can(role, action.permission), `${role} ${intent}`).toBe(
            role === "OPS" || (role === "AUDITOR" && OWN.includes(intent)),
          );

    const before = await database.db.auditEvent.count();
    let refused = 0;
    for (const file of guarded.filter((name) => name.startsWith("admin"))) {
      const action = (await modules[`../../app/routes/${file}`]?.())?.action;
      if (!action) continue;
      for (const intent of new Set(intents)) {
        // A page without this form answers so; any other must refuse it.
        const answer = await call(action, "POST", file, "AUDITOR", intent);
        if (answer === "403") refused += 1;
      }
    }
    expect(refused, "each action is a form of some page").toBeGreaterThanOrEqual(new Set(intents).size);
    expect(await database.db.auditEvent.count()).toBe(before);
  });

  it("says in a sentence why it is refused", () => {
    expect(whyForbidden("AUDITOR", "sync.pause")).toBe(
      "You are signed in as a read-only operator. Only operators can change this.",
    );
    expect(whyForbidden("OPS", "editor.view")).toBe(
      "This page is for editors. You are signed in as an operator.",
    );
  });
});

describe("the queue board", () => {
  const withBoard = async (may: typeof can, work: (base: string) => Promise<void>) => {
    const server = express().use(queueBoard(runtime, may)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/admin/queues/board`);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  };
  const fetchAs = async (role: Role, url: string, method: string, headers: Record<string, string> = {}) =>
    fetch(url, { method, redirect: "manual", headers: { ...headers, Cookie: await cookieOf(role) } });
  const WHY = { "X-Reason": encodeURIComponent("the outage is over – try again") };

  it("uses the same table, for every method", () =>
    withBoard(can, async (base) => {
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
        const url = `${base}/api/queues/tidemark-sync/clean/failed`;
        const answer = async (role: Role) => (await fetchAs(role, url, method, WHY)).status;
        expect(await answer("signed out"), method).toBe(302);
        expect(await answer("READER"), method).toBe(403);
        expect(await answer("EDITOR"), method).toBe(403);
        expect([302, 403], method).not.toContain(await answer("OPS"));
        if (method !== "GET") expect(await answer("AUDITOR"), method).toBe(405);
      }
    }));

  it("is read-only, with 405 for other methods, for users who may view but not change it", () =>
    withBoard(can, async (base) => {
      const queues = await fetchAs("AUDITOR", `${base}/api/queues`, "GET");
      expect(await queues.json()).toMatchObject({
        queues: [{ name: "tidemark-sync", readOnlyMode: true }],
      });
      const before = await database.db.auditEvent.count();
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        const refused = await fetchAs("AUDITOR", `${base}/api/queues/tidemark-sync/pause`, method);
        expect([refused.status, refused.headers.get("allow")], method).toEqual([405, "GET, HEAD"]);
      }
      expect(await database.db.auditEvent.count(), "and nothing was done").toBe(before);
    }));

  const SYNC = "/api/queues/tidemark-sync";
  it.each([
    ["PUT", `${SYNC}/pause`],
    ["PUT", `${SYNC}/Pause`],
    ["PUT", `${SYNC}/resume`],
    ["PUT", "/api/queues/pause"],
    ["PUT", "/api/queues/resume"],
    ["PUT", `${SYNC}/concurrency`],
    ["PUT", `${SYNC}/rate-limit`],
    ["PUT", `${SYNC}/rate-limit/release`],
    ["PUT", `${SYNC}/empty`],
    ["PUT", `${SYNC}/obliterate`],
    ["PUT", `${SYNC}/promote`],
    ["PUT", `${SYNC}/retry/completed`],
    ["PUT", `${SYNC}/clean/delayed`],
    ["PUT", `${SYNC}/clean/failed/`],
    ["PUT", `${SYNC}/clean/failed%2F`],
    ["PUT", `${SYNC}/job-schedulers/sync/remove`],
    ["PUT", `${SYNC}/job-schedulers/sync/run`],
    ["PATCH", `${SYNC}/job-schedulers/sync`],
    ["POST", `${SYNC}/add`],
    ["PUT", `${SYNC}/1/update-data`],
    ["DELETE", `${SYNC}`],
  ])("refuses %s %s, even with a reason", (method, path) =>
    withBoard(can, async (base) => {
      const queue = runtime.queue.queue();
      const read = async () => [
        await queue?.getMeta(),
        await queue?.getJobSchedulers(),
        await queue?.getJobCounts(),
      ];
      const [before, events] = [await read(), await database.db.auditEvent.count()];
      const answer = await fetchAs("OPS", base + path, method, {
        ...WHY,
        "Content-Type": "application/json",
      });
      expect(answer.status).toBe(405);
      expect(((await answer.json()) as { message: string }).message).toMatch(/The Sync page pauses/);
      expect(await read()).toEqual(before);
      expect(await database.db.auditEvent.count()).toBe(events);
    }),
  );

  it("asks for the reason of a change", () =>
    withBoard(can, async (base) => {
      const before = await database.db.auditEvent.count();
      for (const headers of [
        {},
        { "X-Reason": "" },
        { "X-Reason": "%20%20a%20" },
        { "X-Reason": "%" },
      ] as Record<string, string>[])
        expect((await fetchAs("OPS", `${base}${SYNC}/clean/failed`, "PUT", headers)).status).toBe(422);
      expect(await database.db.auditEvent.count()).toBe(before);
    }));

  it.each([
    ["made", "clean/failed", "queues.clean", "all failed jobs", "done"],
    ["that fails", "no-such-job/retry", "queues.retry", "job no-such-job", "failed"],
  ])("audits a change %s: who, why, and how it ended", (_, path, action, target, outcome) =>
    withBoard(can, async (base) => {
      const { id: last } = (await database.db.auditEvent.findFirst({ orderBy: { id: "desc" } })) ?? {
        id: 0n,
      };
      await fetchAs("OPS", `${base}${SYNC}/${path}`, "PUT", WHY);
      const events = () =>
        database.db.auditEvent.findMany({ where: { id: { gt: last } }, orderBy: { id: "asc" } });
      await until("both events are written", async () => (await events()).length === 2);
      const shared = {
        actor: `user ${users.get("OPS")}`,
        action,
        target,
        reason: "the outage is over – try again",
      };
      expect(await events()).toMatchObject([
        { ...shared, after: { request: `PUT ${SYNC}/${path}`, outcome: "requested" } },
        { ...shared, after: { request: `PUT ${SYNC}/${path}`, outcome } },
      ]);
    }),
  );
});

describe("logging out everywhere", () => {
  it("ends every session of that user and of no other, and leaves nothing in the audit", async () => {
    const [here, elsewhere, otherUser] = [
      await cookieOf("READER"),
      await cookieOf("READER"),
      await cookieOf("EDITOR"),
    ];
    const module = await modules["../../app/routes/account.tsx"]?.();
    const answer = await module
      ?.action?.({
        request: new Request("http://site.test/account", {
          method: "POST",
          headers: { Cookie: here },
          body: new URLSearchParams({ intent: "sign-out-everywhere" }),
        }),
        context: { runtime, log: runtime.log } as AppLoadContext,
        params: {},
      })
      .catch((thrown: unknown) => thrown);
    expect((answer as Response).headers.get("Location")).toBe("/login");
    expect((answer as Response).headers.get("Set-Cookie")).toMatch(/Expires=Thu, 01 Jan 1970/);
    expect(await runtime.sessions.userOf(here)).toBeNull();
    expect(await runtime.sessions.userOf(elsewhere)).toBeNull();
    expect(await runtime.sessions.userOf(otherUser)).not.toBeNull();
    expect(await database.db.auditEvent.count({ where: { action: { startsWith: "account" } } })).toBe(0);
  });
});
