import { createHash, randomBytes } from "node:crypto";
import { createCookie, createSessionStorage, type SessionStorage } from "@remix-run/node";
import { Authenticator } from "remix-auth";
import { FormStrategy } from "remix-auth-form";
import type { PrismaClient } from "../../prisma/client/client";
import { verifyPassword } from "./passwords";

/** The name of the session cookie. */
export const SESSION_COOKIE = "__tidemark";
const LIFETIME_SECONDS = 30 * 24 * 3600;

export interface SessionUser {
  id: number;
  name: string;
  email: string;
  role: "READER" | "EDITOR" | "OPS";
}

/** A user whose session was looked up. */
export interface SignedInUser extends SessionUser {
  /** When this session began, Unix ms. */
  signedInAt: number;
}

interface SessionData {
  userId: number;
}

export type SignIn =
  | { ok: true; headers: Headers; user: SessionUser }
  /** `message` is for the person who submitted the form. */
  | { ok: false; message: string };

export interface Sessions {
  /** The signed-in user behind a Cookie header, or null. Does not query the database unless there is a session cookie. */
  userOf(cookieHeader: string | null | undefined): Promise<SignedInUser | null>;
  /** The same for many Cookie headers, in order, in one query. */
  usersOf(cookieHeaders: readonly string[]): Promise<(SignedInUser | null)[]>;
  storage: SessionStorage<SessionData>;
  /**
   * Checks the fields `email` and `password` of a posted form. On success the browser gets a new session and its previous one
   * is deleted, so that a session id planted before the log-in is worthless after it.
   */
  signIn(request: Request): Promise<SignIn>;
  /** Ends the session of this browser; the headers clear its cookie. */
  signOut(request: Request): Promise<Headers>;
  /** Ends every session of a user. @returns how many there were. */
  signOutEverywhere(userId: number): Promise<number>;
  /** Deletes sessions that have expired, after 30 days; every sign-in does so too. @returns how many there were. */
  deleteExpired(): Promise<number>;
}

class BadCredentials extends Error {
  override name = "BadCredentials";
}

/** The row's key. The cookie's id itself is never stored, so a leaked table does not open any session. */
const rowId = (id: string) => createHash("sha256").update(id).digest("base64url");

/** Sessions as rows in Postgres behind a signed cookie: deleting the row revokes the session at once. */
export function createSessions(options: { db: PrismaClient; secret: string; secure: boolean }): Sessions {
  const { db } = options;
  const cookie = createCookie(SESSION_COOKIE, {
    httpOnly: true,
    sameSite: "lax",
    secure: options.secure,
    path: "/",
    maxAge: LIFETIME_SECONDS,
    secrets: [options.secret],
  });

  const storage = createSessionStorage<SessionData>({
    cookie,
    async createData(data) {
      const id = randomBytes(32).toString("base64url");
      await db.session.create({
        data: {
          id: rowId(id),
          userId: data.userId ?? null,
          data: { ...data },
          expiresAt: new Date(Date.now() + LIFETIME_SECONDS * 1000),
        },
      });
      return id;
    },
    async readData(id) {
      const row = await db.session.findFirst({ where: { id: rowId(id), expiresAt: { gt: new Date() } } });
      return row?.userId ? { userId: row.userId } : null;
    },
    // updateMany, not upsert: a revoked session must not come back because a browser still has its cookie.
    async updateData(id, data) {
      await db.session.updateMany({
        where: { id: rowId(id) },
        data: { userId: data.userId ?? null, data: { ...data } },
      });
    },
    async deleteData(id) {
      if (id) await db.session.deleteMany({ where: { id: rowId(id) } });
    },
  });

  const authenticator = new Authenticator<SessionUser>();
  authenticator.use(
    new FormStrategy(async ({ form }) => {
      const email = String(form.get("email") ?? "")
        .trim()
        .toLowerCase();
      const password = String(form.get("password") ?? "");
      // No e-mail address contains a NUL, and Postgres refuses it in text: treat it as an unknown user instead of failing.
      const user = email.includes("\0") ? null : await db.user.findUnique({ where: { email } });
      if (!(await verifyPassword(user?.passwordHash ?? null, password)) || !user) throw new BadCredentials();
      return { id: user.id, name: user.name, email: user.email, role: user.role };
    }),
    "form",
  );

  async function usersOf(cookieHeaders: readonly string[]) {
    const ids = await Promise.all(cookieHeaders.map(rowIdOf));
    const asked = [...new Set(ids)].filter((id) => id !== null);
    if (asked.length === 0) return ids.map(() => null);
    // Written by hand, because every view and page of a signed-in reader waits for it.
    const rows = await db.$queryRaw<({ session: string } & SignedInUser)[]>`
      SELECT s.id AS session, (extract(epoch FROM s."createdAt") * 1000)::float8 AS "signedInAt",
        u.id, u.name, u.email, u.role FROM "Session" s JOIN "User" u ON u.id = s."userId"
      WHERE s.id = ANY(${asked}) AND s."expiresAt" > ${new Date()}`;
    const users = new Map(rows.map(({ session, ...user }) => [session, user]));
    return ids.map((id) => (id && users.get(id)) || null);
  }

  /** The key of the row that a cookie names; null unless we signed it. */
  async function rowIdOf(cookieHeader: string) {
    const id: unknown = await cookie.parse(cookieHeader);
    return typeof id === "string" && id !== "" ? rowId(id) : null;
  }

  const deleteExpired = async () =>
    (await db.session.deleteMany({ where: { expiresAt: { lt: new Date() } } })).count;

  return {
    storage,
    deleteExpired,

    usersOf,
    async userOf(cookieHeader) {
      const [user = null] = cookieHeader ? await usersOf([cookieHeader]) : [];
      return user;
    },

    async signIn(request) {
      let user: SessionUser;
      try {
        user = await authenticator.authenticate("form", request);
      } catch (error) {
        if (error instanceof BadCredentials)
          return {
            ok: false,
            message: "The e-mail address and password do not match. Please try again.",
          };
        throw error;
      }
      const before = await storage.getSession(request.headers.get("Cookie"));
      if (before.id) await storage.destroySession(before);
      await deleteExpired();
      const session = await storage.getSession();
      session.set("userId", user.id);
      return { ok: true, user, headers: new Headers({ "Set-Cookie": await storage.commitSession(session) }) };
    },

    async signOut(request) {
      const session = await storage.getSession(request.headers.get("Cookie"));
      return new Headers({ "Set-Cookie": await storage.destroySession(session) });
    },

    async signOutEverywhere(userId) {
      return (await db.session.deleteMany({ where: { userId } })).count;
    },
  };
}
