import { isbot } from "isbot";
import { LRUCache } from "lru-cache";
import { sessionValueIn } from "~/auth/cookies";
import { hasOptedOut } from "~/auth/opt-out";
import type { SessionUser, SignedInUser } from "~/auth/sessions";
import { readerBlock } from "~/platform/address-block";
import type { Device } from "~/tracker/view";
import type { Viewer } from "~/tracker/viewer";
import type { ViewRequest } from "./view-request";

/** Who made a request. */
export interface Visitor {
  /** Null for an anonymous visitor. */
  user: SessionUser | null;
  browser: Browser;
  viewer: Viewer;
  /** They asked for none of their views to be counted: on this browser, or in their account. */
  optedOut: boolean;
}

/** Who made a request, where their session has been looked up. `windowMs` is the dedupe window. */
export function describeVisitor(
  request: Pick<ViewRequest, "header" | "address">,
  user: SignedInUser | null,
  windowMs: number,
): Visitor {
  const userAgent = request.header("user-agent")?.slice(0, MAX_USER_AGENT);
  const anonymous = { address: readerBlock(request.address), userAgent: userAgent ?? "" };
  // A reader who signs in while reading is still one reader: for one window, they are also who they were before.
  const justSignedIn = user !== null && Date.now() - user.signedInAt < windowMs;
  return {
    user,
    browser: describeBrowser(userAgent),
    viewer: user ? { userId: user.id, before: justSignedIn ? anonymous : undefined } : anonymous,
    optedOut: user?.optedOut === true || hasOptedOut(request.header("cookie")),
  };
}

type UserOf = (cookie: string) => Promise<SignedInUser | null>;

const MAX_USER_AGENT = 512;

const MAX_USERS = 5000;
/**
 * A signed-in reader is recognised without another query for this long, ms: a session that was ended counts as theirs no longer than
 * that. Look-ups go in batches, so a shorter time costs little.
 */
const FRESH_MS = 5000;

/** Tells who made a request. */
export interface Identify {
  /** Null if the reader's session has to be looked up. */
  known(request: ViewRequest): Visitor | null;
  find(request: ViewRequest): Promise<Visitor>;
}

/** `userOf` finds the user of a Cookie header; `windowMs` is the dedupe window. `clock` counts ms. */
export function createIdentify(
  userOf: UserOf,
  windowMs: number,
  clock: { now(): number } = performance,
): Identify {
  const users = rememberUsers(userOf, clock);

  const visitorOf = (request: ViewRequest, user: SignedInUser | null) =>
    describeVisitor(request, user, windowMs);

  return {
    known(request) {
      const cookie = request.header("cookie");
      const user = cookie ? users.known(cookie) : null;
      return user === undefined ? null : visitorOf(request, user);
    },
    async find(request) {
      const cookie = request.header("cookie");
      return visitorOf(request, cookie ? await users.find(cookie) : null);
    },
  };
}

/**
 * Caches the user of each session. While Postgres is unavailable, a stale user is better than none. Only users are kept: anyone
 * can make up cookies without end, and one reader's cookie can have other cookies beside it.
 */
function rememberUsers(userOf: UserOf, clock: { now(): number }) {
  const users = new LRUCache<string, SignedInUser>({
    max: MAX_USERS,
    ttl: FRESH_MS,
    perf: clock,
    noDeleteOnStaleGet: true,
  });
  return {
    /** Undefined if the user has to be looked up. */
    known(cookie: string): SignedInUser | null | undefined {
      const session = sessionIn(cookie);
      return session === null ? null : users.get(session);
    },
    async find(cookie: string): Promise<SignedInUser | null> {
      const session = sessionIn(cookie);
      if (session === null) return null;
      try {
        const user = await userOf(cookie);
        if (user) users.set(session, user);
        // Or it would come back as a stale one when Postgres is next unavailable.
        else users.delete(session);
        return user;
      } catch (error) {
        const stale = users.get(session, { allowStale: true });
        if (stale) return stale;
        throw error;
      }
    },
  };
}

/**
 * The session that a Cookie header names, as we signed it; null if it names none. The percent-encoding is undone, as one session
 * could be spelled in countless ways.
 */
function sessionIn(cookie: string): string | null {
  const value = sessionValueIn(cookie);
  if (!value) return null;
  try {
    return decodeURIComponent(value);
  } catch {
    // Ours are well-formed: this one was not set by us, and the look-up will find no user.
    return value;
  }
}

/** What a user agent says of a browser. */
export interface Browser {
  /** Whether it names itself at all. */
  named: boolean;
  robot: boolean;
  device: Device;
}

const MAX_BROWSERS = 5000;
const browsers = new LRUCache<string, Browser>({ max: MAX_BROWSERS });
const UNNAMED: Browser = { named: false, robot: false, device: "other" };

/** Describes a browser by its user agent. Readers share few kinds of browsers, so the descriptions are remembered. */
export function describeBrowser(userAgent: string | undefined): Browser {
  if (!userAgent) return UNNAMED;
  const known = browsers.get(userAgent);
  if (known) return known;
  const browser = { named: true, robot: isbot(userAgent), device: deviceOf(userAgent) };
  browsers.set(userAgent, browser);
  return browser;
}

/** The kind of device that a user agent names. */
function deviceOf(userAgent: string): Device {
  if (/ipad|tablet|kindle|silk|playbook|android(?!.*mobi)/i.test(userAgent)) return "tablet";
  if (/mobi|iphone|ipod|android|phone/i.test(userAgent)) return "mobile";
  return /windows|macintosh|x11|linux|cros/i.test(userAgent) ? "desktop" : "other";
}
