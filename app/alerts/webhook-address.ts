import { lookup as systemLookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import { parseUrl } from "~/shared/parse-url";

/** A URL that a request may be sent to, with the address that was checked: the connection must use no other. */
export interface Destination {
  url: URL;
  address: string;
  family: 4 | 6;
}

export type Lookup = (host: string) => Promise<{ address: string; family: number }[]>;

/** An address that webhooks must not be sent to. Its message is for operators; it never contains the path or query, which may be secret. */
export class RefusedAddress extends Error {
  override name = "RefusedAddress";
}

const lookUpAll: Lookup = (host) => systemLookup(host, { all: true, verbatim: true });

/** The only public IPv6 addresses. To ipaddr.js, "unicast" is any range without a name, such as IPv4-compatible `::7f00:1`. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Whether an address belongs to the public internet. Loopback, private, link-local (which includes cloud metadata), tunnelled and
 * reserved addresses do not. An IPv4-mapped IPv6 address is checked as IPv4.
 */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== "unicast") return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST);
}

/**
 * Checks a webhook's URL: no password in it, and, unless `allowPrivate`, https and every address of its host public. The
 * result names the address to connect to, so that a second look-up cannot give a different one.
 * @throws RefusedAddress
 */
export async function findDestination(
  webhookUrl: string,
  { allowPrivate, lookup = lookUpAll }: { allowPrivate: boolean; lookup?: Lookup },
): Promise<Destination> {
  const url = parseUrl(webhookUrl);
  if (!url) throw new RefusedAddress("The address is not a URL.");
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new RefusedAddress("The address must start with https:// or http://.");
  if (url.username || url.password)
    throw new RefusedAddress("The address must not contain a user name or password.");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const found = await lookup(host).catch(() => []);
  const [first] = found;
  if (!first) throw new RefusedAddress(`The name ${host} could not be resolved.`);
  if (!allowPrivate && !found.every((one) => isPublic(one.address)))
    throw new RefusedAddress(`${host} is in a private network. Set WEBHOOK_ALLOW_PRIVATE=true to allow it.`);
  if (!allowPrivate && url.protocol !== "https:")
    throw new RefusedAddress(
      "The address must start with https://. WEBHOOK_ALLOW_PRIVATE=true allows http:// too.",
    );
  return { url, address: first.address, family: first.family === 6 ? 6 : 4 };
}
