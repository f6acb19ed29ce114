import { createHash, randomBytes } from "node:crypto";
import { createSessionStorage, type SessionStorage } from "@remix-run/node";
import { OPERATORS, type Role } from "~/shared/roles";
import type { Prisma, PrismaClient } from "../../prisma/client/client";
import { type CookieSettings, createSessionCookie } from "./cookies";
import { describeBrowser } from "./describe-browser";

/** A session ends this long after its log-in, seconds. */
export const LIFETIME_SECONDS = 30 * 24 * 3600;
/** An operator's session, read-only or not, ends after this long, seconds, without a request. */
const OPS_IDLE_SECONDS = 12 * 3600;
/** `Session.usedAt` is as exact as this, seconds: a request should rarely have to write. */
const USED_AT_SECONDS = 300;
/** A user's sessions at most: a further log-in ends the oldest. */
export const MAX_SESSIONS = 20;

export interface SessionUser {
  id: number;
  name: string;
  email: string;
  role: Role;
  /** Set for an operator who must set up a second factor before anything else (REQUIRE_OPS_TOTP). */
  secondFactorDue?: true;
}

/** A user whose session was looked up. */
export interface SignedInUser extends SessionUser {
  /** When this session began, Unix ms. */
  signedInAt: number;
  /** They want none of their views counted. */
  optedOut?: true;
}

interface SessionData {
  userId: number;
  browser?: string;
}

/** One of a user's sessions, for their list. */
export interface SessionInfo {
  /** The row's key; it does not open the session. */
  id: string;
  browser: string;
  startedAt: Date;
  /** To within a few minutes. */
  usedAt: Date;
  /** Whether it is the one that asks. */
  current: boolean;
}

export interface Sessions {
  /** The signed-in user behind a Cookie header, or null. Does not query the database unless there is a session cookie. */
  userOf(cookieHeader: string | null | undefined): Promise<SignedInUser | null>;
  /**
   * The same for many Cookie headers, in order, in one query. With `idle`, it does not count as use: it was not a person who asked.
   */
  usersOf(cookieHeaders: readonly string[], options?: { idle: boolean }): Promise<(SignedInUser | null)[]>;
  storage: SessionStorage<SessionData>;
  /**
   * Starts a session for a user who has proved who they are. The browser's previous one is deleted, so that a session id planted
   * before the log-in is worthless after it; so is the oldest of this user's, if they have too many. @returns the cookies to set.
   */
  start(request: Request, userId: number): Promise<Headers>;
  /** Ends the session of this browser; the headers clear its cookie. */
  signOut(request: Request): Promise<Headers>;
  /** Ends every session of a user. @returns how many there were. */
  signOutEverywhere(userId: number): Promise<number>;
  /** Ends a user's sessions except the one of this request. @returns how many there were. */
  signOutOthers(userId: number, request: Request): Promise<number>;
  /** Ends one session of a user, by its `SessionInfo.id`. @returns whether it was there. */
  signOutOne(userId: number, id: string): Promise<boolean>;
  /** A user's sessions, this one first, then the most recently used. */
  list(userId: number, request: Request): Promise<SessionInfo[]>;
  /** Calls `listener` after this process has ended sessions. What others end, a look-up shows. @returns a function that stops it. */
  onEnded(listener: () => void): () => void;
  /** Deletes sessions that have expired, after 30 days; every sign-in does so too. @returns how many there were. */
  deleteExpired(): Promise<number>;
}

/** The row's key. The cookie's id itself is never stored, so a leaked table does not open any session. */
const rowId = (id: string) => createHash("sha256").update(id).digest("base64url");

/** Sessions as rows in Postgres behind a signed cookie: deleting the row revokes the session at once. */
export function createSessions({
  db,
  requireOpsTotp = false,
  onError = () => undefined,
  ...settings
}: CookieSettings & {
  db: PrismaClient;
  /** REQUIRE_OPS_TOTP */
  requireOpsTotp?: boolean;
  /** Receives a failure to note that a session is in use, for which no request waits. */
  onError?(error: Error): void;
}): Sessions {
  const { cookie, read, clearOld } = createSessionCookie(settings, LIFETIME_SECONDS);

  const storage = createSessionStorage<SessionData>({
    cookie,
    async createData({ userId, browser }) {
      const id = randomBytes(32).toString("base64url");
      await db.session.create({
        data: {
          id: rowId(id),
          userId: userId ?? null,
          data: { userId },
          browser,
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
    async updateData(id, { userId }) {
      await db.session.updateMany({
        where: { id: rowId(id) },
        data: { userId: userId ?? null, data: { userId } },
      });
    },
    async deleteData(id) {
      if (id) await end({ id: rowId(id) });
    },
  });

  async function usersOf(cookieHeaders: readonly string[], { idle } = { idle: false }) {
    const cookies = await Promise.all(cookieHeaders.map((header) => read(header)));
    const asked = cookies.map((found) => found && { id: rowId(found.id), old: found.old });
    const ids = [...new Set(asked.flatMap((one) => one?.id ?? []))];
    if (ids.length === 0) return asked.map(() => null);
    // Written by hand, because every view and page of a signed-in reader waits for it.
    const rows = await db.$queryRaw<SessionRow[]>`
      SELECT s.id AS session, (extract(epoch FROM s."createdAt") * 1000)::float8 AS "signedInAt", s.browser IS NULL AS "before",
        u.id, u.name, u.email, u.role, u."optedOutAt" IS NOT NULL AS "isOptedOut",
        s."usedAt" < now() - make_interval(secs => ${USED_AT_SECONDS}) AS "isStale",
        ${requireOpsTotp} AND u.role::text = ANY(${OPERATORS}) AND NOT EXISTS (
          SELECT FROM "SecondFactor" f WHERE f."userId" = u.id AND f."confirmedAt" IS NOT NULL) AS "isDue"
      FROM "Session" s JOIN "User" u ON u.id = s."userId"
      WHERE s.id = ANY(${ids}) AND s."expiresAt" > ${new Date()}
        AND u."disabledAt" IS NULL
        AND (u.role::text <> ALL(${OPERATORS}) OR s."usedAt" > now() - make_interval(secs => ${OPS_IDLE_SECONDS}))`;
    const stale = rows.filter((row) => row.isStale).map((row) => row.session);
    if (stale.length > 0 && !idle) void noteUse(stale).catch(onError);
    const found = new Map(rows.map((row) => [row.session, row]));
    return asked.map((one) => {
      const row = one && found.get(one.id);
      // Only sessions from before the cookie's new name may come in the old one: any host of the domain can set that.
      return row && (!one.old || row.before) ? userOfRow(row) : null;
    });
  }

  const noteUse = async (ids: string[]) =>
    void (await db.session.updateMany({ where: { id: { in: ids } }, data: { usedAt: new Date() } }));

  const deleteExpired = async () =>
    (await db.session.deleteMany({ where: { expiresAt: { lt: new Date() } } })).count;

  async function rowIdOf(request: Request) {
    const found = await read(request.headers.get("Cookie"));
    return found && rowId(found.id);
  }

  const listeners = new Set<() => void>();
  async function end(where: Prisma.SessionWhereInput): Promise<number> {
    const { count } = await db.session.deleteMany({ where });
    if (count > 0) for (const listener of listeners) listener();
    return count;
  }

  /** The headers of an answer that sets this cookie, and clears one with the old name. */
  async function headersWith(request: Request, setCookie: string) {
    const headers = new Headers({ "Set-Cookie": setCookie });
    const old = await clearOld(request.headers.get("Cookie"));
    if (old) headers.append("Set-Cookie", old);
    return headers;
  }

  return {
    storage,
    deleteExpired,
    usersOf,

    onEnded(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    async userOf(cookieHeader) {
      const [user = null] = cookieHeader ? await usersOf([cookieHeader]) : [];
      return user;
    },

    async start(request, userId) {
      const before = await storage.getSession(request.headers.get("Cookie"));
      if (before.id) await storage.destroySession(before);
      await deleteExpired();
      const session = await storage.getSession();
      session.set("userId", userId);
      session.set("browser", describeBrowser(request.headers.get("User-Agent")));
      const setCookie = await storage.commitSession(session);
      await db.$executeRaw`DELETE FROM "Session" WHERE id IN (
        SELECT id FROM "Session" WHERE "userId" = ${userId} ORDER BY "createdAt" DESC, id OFFSET ${MAX_SESSIONS})`;
      return headersWith(request, setCookie);
    },

    async signOut(request) {
      const session = await storage.getSession(request.headers.get("Cookie"));
      return headersWith(request, await storage.destroySession(session));
    },

    async signOutEverywhere(userId) {
      return end({ userId });
    },

    async signOutOthers(userId, request) {
      const mine = await rowIdOf(request);
      return end({ userId, id: { not: mine ?? "" } });
    },

    async signOutOne(userId, id) {
      return (await end({ userId, id })) > 0;
    },

    async list(userId, request) {
      const mine = await rowIdOf(request);
      const rows = await db.session.findMany({
        where: { userId, expiresAt: { gt: new Date() } },
        orderBy: [{ usedAt: "desc" }, { createdAt: "desc" }],
      });
      const all = rows.map(({ id, browser, createdAt, usedAt }) => ({
        id,
        browser: browser ?? "Unknown browser",
        startedAt: createdAt,
        usedAt,
        current: id === mine,
      }));
      return [...all.filter(({ current }) => current), ...all.filter(({ current }) => !current)];
    },
  };
}

interface SessionRow extends Omit<SignedInUser, "optedOut"> {
  session: string;
  /** Started by a version that did not record the browser. */
  before: boolean;
  /** Its use was not noted for some minutes. */
  isStale: boolean;
  /** Its user must set up a second factor. */
  isDue: boolean;
  isOptedOut: boolean;
}

const userOfRow = ({ id, name, email, role, signedInAt, isDue, isOptedOut }: SessionRow): SignedInUser => ({
  id,
  name,
  email,
  role,
  signedInAt,
  ...(isDue && { secondFactorDue: true as const }),
  ...(isOptedOut && { optedOut: true as const }),
});
