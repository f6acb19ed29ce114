import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashPassword } from "../../app/auth/passwords";
import { createSessions, type Sessions } from "../../app/auth/sessions";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let sessions: Sessions;
let userId: number;

beforeAll(async () => {
  database = await createTestDatabase();
  sessions = createSessions({ db: database.db, secret: "a secret of the tests", secure: true });
  const user = await database.db.user.create({
    data: { email: "ada@example.com", name: "Ada", passwordHash: await hashPassword("low water") },
  });
  userId = user.id;
});
afterAll(() => database?.drop());

const form = (fields: Record<string, string>, cookie?: string) =>
  new Request("http://site.test/login", {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: cookie ? { Cookie: cookie } : {},
  });

async function signIn(cookie?: string) {
  const result = await sessions.signIn(form({ email: " Ada@Example.com ", password: "low water" }, cookie));
  if (!result.ok) throw new Error(result.message);
  const header = result.headers.get("Set-Cookie") ?? "";
  return { header, cookie: header.split(";")[0] ?? "" };
}

const withCookie = (cookie: string) => new Request("http://site.test/", { headers: { Cookie: cookie } });

describe("sessions", () => {
  it("know who signed in", async () => {
    const before = Date.now();
    const { header, cookie } = await signIn();
    expect(header).toMatch(/HttpOnly/);
    expect(header).toMatch(/Secure/);
    expect(header).toMatch(/SameSite=Lax/);
    const user = await sessions.userOf(cookie);
    expect(user).toMatchObject({ id: userId, name: "Ada", email: "ada@example.com", role: "READER" });
    expect(user?.signedInAt).toBeGreaterThanOrEqual(before - 1);
    expect(user?.signedInAt).toBeLessThanOrEqual(Date.now() + 1);
  });

  it("give the same answer for a wrong password and for an unknown user", async () => {
    const wrong = await sessions.signIn(form({ email: "ada@example.com", password: "high water" }));
    const unknown = await sessions.signIn(form({ email: "eve@example.com", password: "low water" }));
    const broken = await sessions.signIn(form({ email: "a\0b" }));
    expect(wrong.ok).toBe(false);
    expect(unknown).toEqual(wrong);
    expect(broken).toEqual(wrong);
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
    expect(await sessions.userOf("__tidemark=nonsense")).toBeNull();
    expect(await sessions.userOf(null)).toBeNull();
  });

  it("of many cookies are found in order, whatever else is among them", async () => {
    const [mine, hers] = [await signIn(), await signIn()];
    await sessions.signOut(withCookie(hers.cookie));
    const users = await sessions.usersOf([
      "__tidemark=nonsense",
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
});
