import { type Cookie, type CookieOptions, createCookie } from "@remix-run/node";

/** The name of the session cookie over plain HTTP. Earlier versions used it everywhere. */
export const SESSION_COOKIE = "__tidemark";
/** With this prefix, browsers keep other hosts of the domain from setting the cookie. It requires `Secure` and the path `/`. */
const HOST_PREFIX = "__Host-";

const CURRENT = new RegExp(`(?:^|;)\\s*${SESSION_COOKIE.replace(/^__/, HOST_PREFIX)}\\s*=([^;]*)`);
const EARLIER = new RegExp(`(?:^|;)\\s*${SESSION_COOKIE}\\s*=([^;]*)`);

/** The value of the session's cookie in a Cookie header, not verified; undefined if it has none. The earlier name counts without the current one. */
export const sessionValueIn = (header: string): string | undefined =>
  (CURRENT.exec(header) ?? EARLIER.exec(header))?.[1]?.trim();

export interface CookieSettings {
  /** SESSION_SECRET: the newest first, which signs; cookies signed with the others are still read. */
  secrets: readonly string[];
  /** Whether readers come over HTTPS. */
  secure: boolean;
}

/** A signed cookie that scripts cannot read: `__name`, or `__Host-name` over HTTPS. `maxAge` in seconds. */
export function signedCookie(name: string, settings: CookieSettings, maxAge: number): Cookie {
  const options: CookieOptions = {
    httpOnly: true,
    sameSite: "lax",
    secure: settings.secure,
    path: "/",
    maxAge,
    secrets: [...settings.secrets],
  };
  return createCookie(settings.secure ? name.replace(/^__/, HOST_PREFIX) : name, options);
}

/** The session's cookie, and the one that earlier versions set. */
export interface SessionCookie {
  /** Reads both, and sets the current one. */
  cookie: Cookie;
  /** The session's id in a Cookie header, if we signed it. `old` when it came in the cookie of an earlier version. */
  read(header: string | null | undefined): Promise<{ id: string; old: boolean } | null>;
  /** Deletes the cookie of an earlier version; null when the browser sent none. */
  clearOld(header: string | null | undefined): Promise<string | null>;
}

/** Creates the session's cookie, which lives `maxAge` seconds. */
export function createSessionCookie(settings: CookieSettings, maxAge: number): SessionCookie {
  const current = signedCookie(SESSION_COOKIE, settings, maxAge);
  const old = settings.secure
    ? createCookie(SESSION_COOKIE, { path: "/", secrets: [...settings.secrets] })
    : null;

  async function idIn(from: Cookie, header: string) {
    const id: unknown = await from.parse(header);
    return typeof id === "string" && id !== "" ? id : null;
  }

  async function read(header: string | null | undefined) {
    if (!header) return null;
    const id = await idIn(current, header);
    if (id) return { id, old: false };
    const oldId = old && !CURRENT.test(header) ? await idIn(old, header) : null;
    return oldId ? { id: oldId, old: true } : null;
  }

  return {
    cookie: Object.create(current, {
      parse: { value: async (header: string | null) => (await read(header))?.id ?? null },
    }) as Cookie,
    read,
    async clearOld(header) {
      if (!old || !header?.includes(`${SESSION_COOKIE}=`)) return null;
      return old.serialize("", {
        maxAge: 0,
        expires: new Date(0),
        httpOnly: true,
        secure: true,
        sameSite: "lax",
      });
    },
  };
}
