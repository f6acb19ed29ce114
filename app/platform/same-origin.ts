import type { IncomingHttpHeaders } from "node:http";
import { parseUrl } from "~/shared/parse-url";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Whether a request may change something: safe methods always, others unless a browser says that another site sent them
 * (`Sec-Fetch-Site`, or `Origin` where that is missing). Programs send neither header, and do not send our cookies by accident.
 * `siteOrigin` is that of PUBLIC_URL: a proxy may send a `Host` of its own.
 */
export function isSameOriginMutation(
  method: string,
  headers: IncomingHttpHeaders,
  siteOrigin?: string,
): boolean {
  if (SAFE.has(method)) return true;
  const site = headers["sec-fetch-site"];
  if (typeof site === "string") return site === "same-origin" || site === "none";
  const { origin } = headers;
  if (origin === undefined || origin === siteOrigin) return true;
  return parseUrl(origin)?.host === headers.host;
}
