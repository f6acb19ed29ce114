import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSessions, MAX_SESSIONS, type Sessions } from "../../app/auth/sessions";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let sessions: Sessions;
let userId: number;
const SECRET = "a secret of the tests";

beforeAll(async () => {
  database = await createTestDatabase();
  sessions = createSessions({ db: database.db, secrets: [SECRET], secure: true });
  const user = await database.db.user.create({
    data: { email: "ada@example.com", name: "Ada", passwordHash: "x" },
  });
  userId = user.id;
});
afterAll(() => database?.drop());

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async function signIn(cookie = "", user = userId) {
  const headers = await sessions.start(withCookie(cookie), user);
  const header = headers.get("Set-Cookie") ?? "";
  return { header, cookie: header.split(";")[0] ?? "" };
}

const withCookie = (cookie: string) =>
  new Request("http://site.test/", { headers: { Cookie: cookie, "User-Agent": FIREFOX } });

describe("sessions", () => {
  it("know who signed in", async () => {
    const before = Date.now();
    const { header, cookie } = await signIn();
    expect(header).toMatch(/HttpOnly/);
    expect(header).toMatch(/Secure/);
    expect(header).toMatch(/SameSite=Lax/);
    expect(header).toMatch(/^__Host-tidemark=[^;]+;.*Path=\/;/);
    expect(header).not.toMatch(/Domain/i);
    const user = await sessions.userOf(cookie);
    expect(user).toMatchObject({ id: userId, name: "Ada", email: "ada@example.com", role: "READER" });
    expect(user?.signedInAt).toBeGreaterThanOrEqual(before - 1);
    expect(user?.signedInAt).toBeLessThanOrEqual(Date.now() + 1);
  });

  it("cannot be used from the table alone: only a hash of the cookie's id is stored", async () => {
    const { cookie } = await signIn();
    const signed = decodeURIComponent(cookie.split("=")[1] ?? "").split(".")[0] ?? "";
    const id: unknown = JSON.parse(Buffer.from(signed, "base64").toString());
    const rows = await database.db.session.findMany();
    expect(rows.map((row) => row.id)).not.toContain(id);
    expect(rows.map((row) => row.id)).toContain(createHash("sha256").update(String(id)).digest("base64url"));
  });

  it("are refused with a changed cookie, without querying the database", async () => {
    const { cookie } = await signIn();
    expect(await sessions.userOf(`${cookie.slice(0, -6)}AAAAAA`)).toBeNull();
    expect(await sessions.userOf("__Host-tidemark=nonsense")).toBeNull();
    expect(await sessions.userOf(null)).toBeNull();
  });

  it("of many cookies are found in order, whatever else is among them", async () => {
    const [mine, hers] = [await signIn(), await signIn()];
    await sessions.signOut(withCookie(hers.cookie));
    const users = await sessions.usersOf([
      "__Host-tidemark=nonsense",
      mine.cookie,
      hers.cookie,
      "other=1",
      mine.cookie,
    ]);
    expect(users.map((user) => user?.id ?? null)).toEqual([null, userId, null, null, userId]);
    expect(await sessions.usersOf([])).toEqual([]);
  });

  it("start anew at the log-in, and the previous one ends", async () => {
    const before = await signIn();
    const after = await signIn(before.cookie);
    expect(after.cookie).not.toBe(before.cookie);
    expect(await sessions.userOf(before.cookie)).toBeNull();
    expect(await sessions.userOf(after.cookie)).not.toBeNull();
  });

  it("end with the log-out, and do not come back through an old copy of the session", async () => {
    const { cookie } = await signIn();
    const copy = await sessions.storage.getSession(cookie);
    const headers = await sessions.signOut(withCookie(cookie));
    expect(headers.get("Set-Cookie")).toMatch(/Expires=Thu, 01 Jan 1970/);
    await sessions.storage.commitSession(copy);
    expect(await sessions.userOf(cookie)).toBeNull();
  });

  it("end everywhere at once", async () => {
    const { cookie } = await signIn();
    expect(await sessions.signOutEverywhere(userId)).toBeGreaterThan(0);
    expect(await sessions.userOf(cookie)).toBeNull();
  });

  it("expire, and are then deleted", async () => {
    const { cookie } = await signIn();
    await database.db.session.updateMany({ data: { expiresAt: new Date(Date.now() - 1000) } });
    expect(await sessions.userOf(cookie)).toBeNull();
    expect(await sessions.deleteExpired()).toBe(1);
  });

  it("are 20 per user at most: a further log-in ends the oldest", async () => {
    const user = await database.db.user.create({
      data: { email: "many@example.com", name: "M", passwordHash: "x" },
    });
    const oldest = await signIn("", user.id);
    await database.db.session.updateMany({
      where: { userId: user.id },
      data: { createdAt: new Date(Date.now() - 60_000) },
    });
    const second = await signIn("", user.id);
    for (let n = 2; n < MAX_SESSIONS; n += 1) await signIn("", user.id);
    expect(await sessions.userOf(oldest.cookie)).not.toBeNull();
    const newest = await signIn("", user.id);
    expect(await database.db.session.count({ where: { userId: user.id } })).toBe(MAX_SESSIONS);
    expect(await sessions.userOf(oldest.cookie)).toBeNull();
    expect(await sessions.userOf(second.cookie)).not.toBeNull();
    expect(await sessions.userOf(newest.cookie)).not.toBeNull();
  });

  it("of operators end after twelve hours without a request, and those of others do not", async () => {
    const hours = async (id: number, age: number) =>
      database.db.session.updateMany({
        where: { userId: id },
        data: { usedAt: new Date(Date.now() - age * 3_600_000) },
      });
    const ops = await database.db.user.create({
      data: { email: "idle@example.com", name: "O", passwordHash: "x", role: "OPS" },
    });
    const [reader, operator] = [await signIn(), await signIn("", ops.id)];
    await hours(userId, 13);
    await hours(ops.id, 11.9);
    expect(await sessions.userOf(operator.cookie)).not.toBeNull();
    await until("its use is noted", async () => {
      const row = await database.db.session.findFirst({ where: { userId: ops.id } });
      return row !== null && Date.now() - row.usedAt.getTime() < 60_000;
    });
    await hours(ops.id, 12.1);
    expect(await sessions.userOf(operator.cookie)).toBeNull();
    expect(await sessions.userOf(reader.cookie)).not.toBeNull();
  });

  it("are not used by the look-up of an open page", async () => {
    const { cookie } = await signIn();
    await database.db.session.updateMany({ data: { usedAt: new Date(Date.now() - 3_600_000) } });
    let noted = 0;
    const db = new Proxy(database.db, {
      get(client, name) {
        if (name === "session") return { updateMany: async () => (noted += 1) };
        const value: unknown = Reflect.get(client, name);
        return typeof value === "function" ? value.bind(client) : value;
      },
    });
    const watched = createSessions({ db, secrets: [SECRET], secure: true });
    expect(await watched.usersOf([cookie], { idle: true })).toMatchObject([{ id: userId }]);
    expect(noted).toBe(0);
    expect(await watched.usersOf([cookie])).toMatchObject([{ id: userId }]);
    expect(noted).toBe(1);
  });

  it("are listed with their browser, this one first, and end one by one or all others at once", async () => {
    const user = await database.db.user.create({
      data: { email: "list@example.com", name: "L", passwordHash: "x" },
    });
    const [phone, laptop, here] = [
      await signIn("", user.id),
      await signIn("", user.id),
      await signIn("", user.id),
    ];
    const list = await sessions.list(user.id, withCookie(here.cookie));
    expect(list.map(({ browser, current }) => [browser, current])).toEqual([
      ["Firefox on Linux", true],
      ["Firefox on Linux", false],
      ["Firefox on Linux", false],
    ]);
    const mine = list[0]?.id ?? "";
    expect(await sessions.signOutOne(userId, list[1]?.id ?? ""), "of another user").toBe(false);
    expect(await sessions.signOutOne(user.id, list[1]?.id ?? "")).toBe(true);
    expect(await sessions.signOutOthers(user.id, withCookie(here.cookie))).toBe(1);
    expect((await sessions.list(user.id, withCookie(here.cookie))).map(({ id }) => id)).toEqual([mine]);
    for (const { cookie } of [phone, laptop]) expect(await sessions.userOf(cookie)).toBeNull();
  });

  it("of an earlier version stay open in the cookie with the old name, and no others do", async () => {
    const rename = (cookie: string) => cookie.replace("__Host-tidemark=", "__tidemark=");
    const { cookie } = await signIn();
    expect(await sessions.userOf(rename(cookie)), "planted by another host of the domain").toBeNull();
    await database.db.session.updateMany({ where: { userId }, data: { browser: null } });
    expect(await sessions.userOf(rename(cookie))).not.toBeNull();
    const cleared = (await sessions.signOut(withCookie(rename(cookie)))).getSetCookie();
    expect(cleared.map((each) => each.split("=")[0])).toEqual(["__Host-tidemark", "__tidemark"]);
    expect(await sessions.userOf(rename(cookie))).toBeNull();
  });

  it("stay open when SESSION_SECRET is replaced and the old one is kept beside it", async () => {
    const { cookie } = await signIn();
    const withSecrets = (...secrets: string[]) => createSessions({ db: database.db, secrets, secure: true });
    expect(await withSecrets("the new secret", SECRET).userOf(cookie)).not.toBeNull();
    expect(await withSecrets("the new secret").userOf(cookie)).toBeNull();
  });
});
