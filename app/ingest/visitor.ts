import { LRUCache } from "lru-cache";
import type { SessionUser } from "~/auth/sessions";
import type { Device } from "~/tracker/view";
import type { Viewer } from "~/tracker/viewer";
import type { ViewRequest } from "./view-request";

/** Who made a request. */
export interface Visitor {
  /** Null for an anonymous visitor. */
  user: SessionUser | null;
  userAgent: string | undefined;
  viewer: Viewer;
}

type UserOf = (cookie: string) => Promise<SessionUser | null>;

const MAX_USER_AGENT = 512;
const MAX_REFERRER = 2048;
const MAX_HOST = 100;

const MAX_USERS = 5000;
/** A signed-in reader is recognised without another query for this long, ms. */
const FRESH_MS = 30_000;

/** @returns a function that tells who made a request. `userOf` finds the user of a Cookie header. */
export function createIdentify(userOf: UserOf): (request: ViewRequest) => Promise<Visitor> {
  const rememberedUserOf = rememberUsers(userOf);
  return async (request) => {
    const cookie = request.header("cookie");
    const user = cookie ? await rememberedUserOf(cookie) : null;
    const userAgent = request.header("user-agent")?.slice(0, MAX_USER_AGENT);
    const viewer = user ? { userId: user.id } : { address: request.address, userAgent: userAgent ?? "" };
    return { user, userAgent, viewer };
  };
}

/**
 * Caches the user of each cookie. While Postgres is unavailable, a stale user is better than none. Only users are kept: anyone
 * can make up cookies without end.
 */
function rememberUsers(userOf: UserOf): UserOf {
  const users = new LRUCache<string, SessionUser>({
    max: MAX_USERS,
    ttl: FRESH_MS,
    noDeleteOnStaleGet: true,
  });
  return async (cookie) => {
    const fresh = users.get(cookie);
    if (fresh) return fresh;
    try {
      const user = await userOf(cookie);
      if (user) users.set(cookie, user);
      return user;
    } catch (error) {
      const stale = users.get(cookie, { allowStale: true });
      if (stale) return stale;
      throw error;
    }
  };
}

/** The referring page's host, or one of the groups "direct", "this site" and "other". */
export function referrerHost(request: ViewRequest): string {
  const referrer = request.referrer?.slice(0, MAX_REFERRER);
  if (!referrer || !URL.canParse(referrer)) return "direct";
  const url = new URL(referrer);
  if (!/^https?:$/.test(url.protocol) || url.hostname.length > MAX_HOST) return "other";
  // A page at a bare IP address may be on the reader's own machine, and no address is stored.
  if (/^\[|^[\d.]+$/.test(url.hostname)) return "other";
  return url.host === request.header("host") ? "this site" : url.hostname;
}

/** The kind of device that a user agent names. */
export function deviceOf(userAgent: string): Device {
  if (/ipad|tablet|kindle|silk|playbook|android(?!.*mobi)/i.test(userAgent)) return "tablet";
  if (/mobi|iphone|ipod|android|phone/i.test(userAgent)) return "mobile";
  return /windows|macintosh|x11|linux|cros/i.test(userAgent) ? "desktop" : "other";
}
