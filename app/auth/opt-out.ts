import type { CookieSettings } from "./cookies";

/** The cookie of a browser that wants none of its views counted, without and with HTTPS. It holds no identifier, so it needs no signature. */
const NAMES = { plain: "__tidemark-uncounted", secure: "__Host-tidemark-uncounted" } as const;
const COOKIE = /(?:^|;)\s*__(?:Host-)?tidemark-uncounted\s*=\s*1\s*(?:;|$)/;
/** The longest that browsers keep a cookie, seconds. */
export const OPT_OUT_SECONDS = 400 * 24 * 3600;

/** Whether a Cookie header says that this browser has opted out. */
export const hasOptedOut = (header: string | null | undefined): boolean => !!header && COOKIE.test(header);

/** The Set-Cookie header that opts a browser out, or back in. */
export function optOutCookie({ secure }: Pick<CookieSettings, "secure">, out: boolean): string {
  const name = secure ? NAMES.secure : NAMES.plain;
  const age = out ? OPT_OUT_SECONDS : 0;
  return `${name}=${out ? "1" : ""}; Max-Age=${age}; Path=/; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}
