import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { changeRole, disableAccount, enableAccount, endSessions } from "../../app/auth/accounts";
import { hashPassword } from "../../app/auth/passwords";
import { erasePerson, RefusedErasure } from "../../app/auth/personal-data/erase-person";
import { createSessions } from "../../app/auth/sessions";
import { createLogger } from "../../app/platform/logger";
import type { Runtime } from "../../app/runtime/create-runtime";
import { Refusal } from "../../app/shared/action-result";
import type { Role } from "../../app/shared/roles";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";

const scratch = scratchDirectory("accounts");
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let runtime: Runtime;
const SECRET = "only for tests, as it is written here";

beforeAll(async () => {
  database = await createTestDatabase();
  runtime = await createTestRuntime({
    DATABASE_URL: database.url,
    VIEW_TRACKING_REDIS_ENABLED: "false",
    JOURNAL_DIR: scratch.dir,
  });
});
afterAll(async () => {
  await runtime?.close();
  await database?.drop();
  scratch.remove();
});
beforeEach(() => database.db.user.deleteMany());

let people = 0;
async function person(role: Role, passwordHash = "x") {
  people += 1;
  return database.db.user.create({
    data: { email: `person${people}@example.test`, name: `Person ${people}`, role, passwordHash },
  });
}
const by = (actor: { id: number; email: string }, userId: number) => ({ actor, userId, reason: "they left" });
const operators = () => database.db.user.count({ where: { role: "OPS", disabledAt: null } });
const events = (userId: number) =>
  database.db.auditEvent.findMany({ where: { target: `user ${userId}` }, orderBy: { id: "asc" } });

async function cookieOf(userId: number, requireOpsTotp = false) {
  const sessions = createSessions({ db: database.db, secrets: [SECRET], secure: false, requireOpsTotp });
  const session = await sessions.storage.getSession();
  session.set("userId", userId);
  return { sessions, cookie: (await sessions.storage.commitSession(session)).split(";")[0] ?? "" };
}

describe("changing an account", () => {
  it("takes effect at once, and is audited with its reason", async () => {
    const [operator, editor] = [await person("OPS"), await person("EDITOR")];
    const { sessions, cookie } = await cookieOf(editor.id);
    await changeRole(database.db, by(operator, editor.id), "AUDITOR");
    expect((await sessions.userOf(cookie))?.role).toBe("AUDITOR");
    await disableAccount(database.db, by(operator, editor.id), new Date());
    expect(await sessions.userOf(cookie)).toBeNull();
    expect(await database.db.session.count({ where: { userId: editor.id } })).toBe(0);
    await enableAccount(database.db, by(operator, editor.id));
    expect(await sessions.userOf(cookie), "a session does not come back").toBeNull();
    const again = await cookieOf(editor.id);
    await endSessions(database.db, by(operator, editor.id));
    expect(await again.sessions.userOf(again.cookie)).toBeNull();
    const shared = { actor: `user ${operator.id}`, reason: "they left" };
    expect(await events(editor.id)).toMatchObject([
      { ...shared, action: "user.role", before: { role: "EDITOR" }, after: { role: "AUDITOR" } },
      { ...shared, action: "user.disable", after: { disabled: true, sessions: 1 } },
      { ...shared, action: "user.enable", after: { disabled: false } },
      { ...shared, action: "user.end-sessions", before: { sessions: 1 } },
    ]);
  });

  it("opens nothing with a session that started while the account was being disabled", async () => {
    const [operator, reader] = [await person("OPS"), await person("READER")];
    await disableAccount(database.db, by(operator, reader.id), new Date());
    const { sessions, cookie } = await cookieOf(reader.id);
    expect(await sessions.userOf(cookie)).toBeNull();
  });

  it("is refused where it changes nothing", async () => {
    const [operator, reader] = [await person("OPS"), await person("READER")];
    for (const change of [
      () => changeRole(database.db, by(operator, reader.id), "READER"),
      () => enableAccount(database.db, by(operator, reader.id)),
      () => endSessions(database.db, by(operator, reader.id)),
      () => endSessions(database.db, by(operator, 999_999)),
    ])
      await expect(change()).rejects.toThrow(Refusal);
    expect(await events(reader.id)).toEqual([]);
  });
});

describe("a log-in to a disabled account", () => {
  it("is answered like any wrong password, and only a right one learns why", async () => {
    const [operator, reader] = [
      await person("OPS"),
      await person("READER", await hashPassword("a right password")),
    ];
    await disableAccount(database.db, by(operator, reader.id), new Date());
    const asker = { address: "192.0.2.7", cookie: null, log: createLogger("silent", "test") };
    const check = (password: string) => runtime.auth.logIn.checkPassword(reader.email, password, asker);
    expect(await check("a wrong password")).toEqual({ result: "wrong" });
    expect(await check("a right password")).toEqual({ result: "disabled" });
    await enableAccount(database.db, by(operator, reader.id));
    expect(await check("a right password")).toMatchObject({ result: "ok" });
  });
});

describe("the last operator", () => {
  it("keeps role and account; read-only and disabled operators do not count", async () => {
    const [last, auditor, former] = [await person("OPS"), await person("AUDITOR"), await person("OPS")];
    await disableAccount(database.db, by(last, former.id), new Date());
    for (const change of [
      () => changeRole(database.db, by(auditor, last.id), "AUDITOR"),
      () => disableAccount(database.db, by(auditor, last.id), new Date()),
    ])
      await expect(change()).rejects.toThrow("This is the only operator of the site who can log in.");
    await expect(
      erasePerson({ pool: database.pool, memory: null, queue: null }, last.id, { reassignTo: null }),
    ).rejects.toThrow(RefusedErasure);
    expect(await operators()).toBe(1);
    await changeRole(database.db, by(last, auditor.id), "OPS");
    await changeRole(database.db, by(auditor, last.id), "READER");
    expect(await operators()).toBe(1);
  });

  it("is left when two take each other, or themselves, away at the same moment", async () => {
    const stores = { pool: database.pool, memory: null, queue: null };
    for (let round = 0; round < 12; round += 1) {
      await database.db.user.deleteMany();
      const [a, b] = [await person("OPS"), await person("OPS")];
      const ways = [
        (from: typeof a, to: typeof a) => changeRole(database.db, by(from, to.id), "READER"),
        (from: typeof a, to: typeof a) => disableAccount(database.db, by(from, to.id), new Date()),
        (from: typeof a, _to: typeof a) => erasePerson(stores, from.id, { reassignTo: null }),
      ];
      const [one, other] = [ways[round % 3], ways[Math.floor(round / 3) % 3]];
      const results = await Promise.allSettled([one?.(a, b), other?.(b, a)]);
      expect(await operators(), `round ${round}`).toBeGreaterThanOrEqual(1);
      for (const result of results)
        if (result.status === "rejected")
          expect(
            [Refusal, RefusedErasure].some((known) => result.reason instanceof known),
            String(result.reason),
          ).toBe(true);
    }
  });
});

describe("a read-only operator", () => {
  it("needs a second factor where operators do", async () => {
    const auditor = await person("AUDITOR");
    const { sessions, cookie } = await cookieOf(auditor.id, true);
    expect(await sessions.userOf(cookie)).toMatchObject({ role: "AUDITOR", secondFactorDue: true });
  });

  it("is logged out after twelve hours without a request, like an operator", async () => {
    const auditor = await person("AUDITOR");
    const { sessions, cookie } = await cookieOf(auditor.id);
    expect(await sessions.userOf(cookie)).not.toBeNull();
    await database.db.session.updateMany({
      where: { userId: auditor.id },
      data: { usedAt: new Date(Date.now() - 13 * 3_600_000) },
    });
    expect(await sessions.userOf(cookie)).toBeNull();
  });
});
