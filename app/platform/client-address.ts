import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";
import { LRUCache } from "lru-cache";
import proxyaddr from "proxy-addr";

/** A longer text is not an address. IPv6 with a zone and a port has fewer characters. */
const MAX_ADDRESS = 100;

/**
 * The client's address behind `hops` trusted proxies, so that a forged `X-Forwarded-For` changes nothing. Some proxies add the
 * port, which differs for every connection; it is removed.
 */
export function clientAddress(request: IncomingMessage, hops: number): string {
  const address = proxyaddr(request, (_address, hop) => hop < hops);
  return (
    /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address)?.[1] ?? /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? address
  );
}

/** A parsed address costs more than anything else about a view, and readers come back. */
const blocks = new LRUCache<string, string>({ max: 20_000 });

/**
 * The part of an address that one connection to the Internet has: an IPv4 address, however it is spelled, or the /64 of an IPv6
 * address, within which a device changes its address every day and at every reconnection. A text that is not an address is its
 * own block.
 */
export function addressBlock(address: string): string {
  const known = blocks.get(address);
  if (known !== undefined) return known;
  const block = blockOf(address.slice(0, MAX_ADDRESS));
  if (address.length <= MAX_ADDRESS) blocks.set(address, block);
  return block;
}

function blockOf(address: string): string {
  // A zone (`%eth0`) is this machine's name for a network, not part of the address.
  const text = address.replace(/%.*$/s, "");
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return address;
  const parsed = ipaddr.process(text);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${parsed}/64`).toString();
}
