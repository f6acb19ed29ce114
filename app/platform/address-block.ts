import ipaddr from "ipaddr.js";
import { LRUCache } from "lru-cache";

/** A longer text is not an address. IPv6 with a zone and a port has fewer characters. */
const MAX_ADDRESS = 100;

/** A parsed address costs more than anything else about a view, and readers come back. */
const readers = new LRUCache<string, string>({ max: 20_000 });

/**
 * The part of an address that tells readers apart: an IPv4 address, however it is spelled, or the /64 of an IPv6 address, within which
 * a device changes its address every day and at every reconnection. A text that is not an address is its own block.
 */
export function readerBlock(address: string): string {
  const known = readers.get(address);
  if (known !== undefined) return known;
  const block = blockOf(address, 64);
  if (address.length <= MAX_ADDRESS) readers.set(address, block);
  return block;
}

/**
 * The addresses that one home or office has: the same, but for the /56 of an IPv6 address, the least that providers give to one. A limit
 * on passwords must not be escaped from within a home.
 */
export const homeBlock = (address: string): string => blockOf(address, 56);

function blockOf(address: string, bits: number): string {
  // A zone (`%eth0`) is this machine's name for a network, not part of the address.
  const text = address.slice(0, MAX_ADDRESS).replace(/%.*$/s, "");
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text))
    return address.slice(0, MAX_ADDRESS);
  const parsed = ipaddr.process(text);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${parsed}/${bits}`).toString();
}
