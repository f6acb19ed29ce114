import { LRUCache } from "lru-cache";
import { parse } from "tldts";
import { parseUrl } from "~/shared/parse-url";
import type { ViewRequest } from "./view-request";

const MAX_REFERRER = 2048;
const MAX_HOST = 100;

/** Hosts whose group is remembered: looking one up in the list of public suffixes costs a few microseconds. */
const MAX_HOSTS = 2000;
const groups = new LRUCache<string, string>({ max: MAX_HOSTS });

/**
 * The referring page's host, or one of the groups "direct", "this site" and "other". `siteHost` is the host of PUBLIC_URL, for
 * proxies that send another `Host`.
 */
export function referrerHost(request: Pick<ViewRequest, "referrer" | "header">, siteHost?: string): string {
  const referrer = request.referrer && parseUrl(request.referrer.slice(0, MAX_REFERRER));
  if (!referrer) return "direct";
  const { protocol, host, hostname } = referrer;
  if (host === request.header("host") || host === siteHost) return "this site";
  if (!/^https?:$/.test(protocol) || hostname.length > MAX_HOST) return "other";
  let group = groups.get(hostname);
  if (group === undefined) {
    group = publicName(hostname) ?? "other";
    groups.set(hostname, group);
  }
  return group;
}

/**
 * The host, if it is a name that the public can look up. Names of an office or a home (`wiki`, `payroll.corp.internal`) say more of
 * the reader than of the story, a bare address may be the reader's own machine, and anything else is made up.
 */
function publicName(hostname: string): string | null {
  const name = hostname.replace(/\.$/, "");
  if (!/^[a-z0-9.-]+$/.test(name)) return null;
  const { domain, isIcann, isIp } = parse(name);
  if (isIp || domain === null || /(^|\.)arpa$/.test(name)) return null;
  // Reserved for documentation: no network has such names, and the demo site does.
  return isIcann || name.endsWith(".example") ? name : null;
}
