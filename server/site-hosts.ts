import { isIP } from "node:net";
import { hostname } from "node:os";
import { LRUCache } from "lru-cache";
import type { Env } from "../app/platform/env";
import { parseUrl } from "../app/shared/parse-url";

/** A host name or an IPv6 address in brackets, with or without a port. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/** Host headers whose answer is remembered: a site has few, and a client can make up any number. */
const MAX_HOSTS = 100;

/** "unreadable" is no host at all, and "foreign" the name of another site. */
export type HostAnswer = "ours" | "foreign" | "unreadable";

/**
 * Tells whether a `Host` header names this site. Another site can point its own name at this machine, and a browser would let its
 * pages read ours (DNS rebinding), so only these names are answered, with any port: that of PUBLIC_URL, and those of this
 * machine for itself. Where the site is open to a network without PUBLIC_URL, it is also reached by its addresses, which no
 * name can stand in for, and by the machine's own name.
 */
export function siteHosts(
  { HOST: listensOn, PUBLIC_URL }: Pick<Env, "HOST" | "PUBLIC_URL">,
  machine = hostname().toLowerCase(),
): (host: string | undefined) => HostAnswer {
  const known = new LRUCache<string, HostAnswer>({ max: MAX_HOSTS });
  const publicName = PUBLIC_URL && nameOf(new URL(PUBLIC_URL).host);
  const isOpen =
    !PUBLIC_URL && !isLoopback(nameOf(isIP(listensOn) === 6 ? `[${listensOn}]` : listensOn) ?? "");

  function answer(host: string): HostAnswer {
    const name = nameOf(host);
    if (name === null) return "unreadable";
    if (name === publicName || isLoopback(name)) return "ours";
    const isMachine = name === machine || name === `${machine}.local`;
    return isOpen && (isMachine || isIP(name.replace(/^\[|\]$/g, "")) > 0) ? "ours" : "foreign";
  }

  return (host) => {
    if (host === undefined) return "unreadable";
    let found = known.get(host);
    if (found === undefined) {
      found = answer(host);
      known.set(host, found);
    }
    return found;
  };
}

/** The name in a Host header, in one spelling; null if it is none. */
function nameOf(host: string): string | null {
  const url = HOST.test(host) ? parseUrl(`http://${host}/`) : null;
  return url?.hostname.replace(/\.$/, "") ?? null;
}

const isLoopback = (name: string) =>
  name === "localhost" ||
  name.endsWith(".localhost") ||
  name === "[::1]" ||
  (/^127\./.test(name) && isIP(name) === 4);
