import ipaddr from "ipaddr.js";

/** Bits of an IPv6 address that a provider gives to one home or office, at least. */
const HOME_BITS = 56;

/**
 * The addresses that one home or office has: an IPv4 address, also written as IPv6, or a /56 of IPv6. Text that is not an address
 * is a block of its own.
 */
export function addressBlock(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return parsed.toString();
  const bytes = parsed.toByteArray().fill(0, HOME_BITS / 8);
  return `${ipaddr.fromByteArray(bytes).toString()}/${HOME_BITS}`;
}
