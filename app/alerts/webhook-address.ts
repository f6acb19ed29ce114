import { lookup as systemLookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";

/** An address that a request may be sent to, already looked up: connecting to anything else would be a new question. */
export interface Destination {
  url: URL;
  address: string;
  family: 4 | 6;
}

export type Lookup = (host: string) => Promise<{ address: string; family: number }[]>;

/** An address that nothing is sent to. Its message is for operators; it holds neither path nor query, which may be secret. */
export class RefusedAddress extends Error {
  override name = "RefusedAddress";
}

const everyAddress: Lookup = (host) => systemLookup(host, { all: true, verbatim: true });

/** Special ranges that ipaddr.js takes for ordinary ones. The last is the IETF's own block: Teredo, ORCHID, documentation. */
const BENCHMARKS = ipaddr.IPv4.parseCIDR("198.18.0.0/15");
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");
const IETF = ipaddr.IPv6.parseCIDR("2001::/23");

/**
 * Whether an address belongs to a host on the public internet. Everything else does not: loopback, private, link-local and
 * with it the clouds' metadata, tunnelled, reserved. An IPv4 address in IPv6's clothes is judged as what it is.
 */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== "unicast") return false;
  if (parsed instanceof ipaddr.IPv4) return !parsed.match(BENCHMARKS);
  return (parsed as ipaddr.IPv6).match(GLOBAL_UNICAST) && !(parsed as ipaddr.IPv6).match(IETF);
}

/**
 * Checks a webhook's address: http or https, no password in it, and every address that its name has is public, unless
 * `allowPrivate`. The one to connect to comes with it, so that a second look-up cannot answer otherwise.
 * @throws RefusedAddress
 */
export async function findDestination(
  address: string,
  { allowPrivate, lookup = everyAddress }: { allowPrivate: boolean; lookup?: Lookup },
): Promise<Destination> {
  if (!URL.canParse(address)) throw new RefusedAddress("The address is not a URL.");
  const url = new URL(address);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new RefusedAddress("The address must begin with https:// or http://.");
  if (url.username || url.password)
    throw new RefusedAddress("The address must not hold a user name or a password.");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const found = await lookup(host).catch(() => []);
  const [first] = found;
  if (!first) throw new RefusedAddress(`The name ${host} has no address.`);
  if (!allowPrivate && !found.every((one) => isPublic(one.address)))
    throw new RefusedAddress(
      `${host} is in a private network, so nothing is sent there. WEBHOOK_ALLOW_PRIVATE=true allows it.`,
    );
  return { url, address: first.address, family: first.family === 6 ? 6 : 4 };
}
