import { createHash } from "node:crypto";
import ipaddr from "ipaddr.js";
import type { LoggedRequest } from "./request";

/** How many proxies in front of the logging server are trusted; "private": those with a private address. */
export type TrustedProxies = number | "private";

const PRIVATE = ["private", "loopback", "linkLocal", "uniqueLocal", "carrierGradeNat"];

/**
 * The reader's address: the last one that a trusted proxy vouches for, so that a forged `X-Forwarded-For` changes nothing. Null
 * when the line has none.
 */
export function readerAddress(request: LoggedRequest, trusted: TrustedProxies): string | null {
  const forwarded = request.forwarded.split(",").map(addressIn).filter(isPresent);
  const peer = addressIn(request.peer);
  // `$proxy_add_x_forwarded_for` ends with the peer.
  if (peer && forwarded.at(-1) === peer) forwarded.pop();
  const chain = peer ? [...forwarded, peer] : forwarded;
  if (chain.length === 0) return peer ?? hostAddress(request.peer);
  // Without the peer's address in the log, the last one known is that of whoever connected to the peer.
  const hops = typeof trusted === "number" ? Math.max(0, peer ? trusted : trusted - 1) : privateHops(chain);
  return chain[Math.max(0, chain.length - 1 - hops)] ?? null;
}

function privateHops(chain: string[]): number {
  let hops = 0;
  while (hops < chain.length - 1 && isPrivate(chain[chain.length - 1 - hops] ?? "")) hops += 1;
  return hops;
}

const isPrivate = (address: string) => PRIVATE.includes(ipaddr.process(address).range());
const isPresent = (address: string | null): address is string => address !== null;

/** Whether a field holds nothing but addresses. One with a private port is a server behind this one, not a reader. */
export function isAddressList(text: string): boolean {
  const entries = text.split(",");
  return entries.every((entry) => {
    const address = addressIn(entry);
    return address !== null && !(isPrivate(address) && /^\s*(?:\S+\.\d+|\[\S+\]):\d+\s*$/.test(entry));
  });
}

/** The address in one entry, without port, brackets and quotes; null if it holds none (`-`, `unknown`, `unix:`). */
export function addressIn(entry: string): string | null {
  const text = entry.trim().replace(/^"|"$/g, "");
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return bare;
  return bare.includes(":") && ipaddr.IPv6.isValid(bare) ? ipaddr.process(bare).toString() : null;
}

const HOST = /^(?!-$)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/i;

/**
 * A stand-in address for a log with host names (`HostnameLookups On`), because only addresses can be sent. It is a unique local one
 * (RFC 4193) in a /64 of its own, so that two hosts are two readers; the same host always gets the same one.
 */
function hostAddress(peer: string): string | null {
  if (!HOST.test(peer) || peer === "unknown") return null;
  const hash = createHash("sha256").update(peer.toLowerCase()).digest();
  const groups = [0xfd00 | (hash[0] ?? 0), hash.readUInt16BE(1), hash.readUInt16BE(3), hash.readUInt16BE(5)];
  return `${groups.map((group) => group.toString(16)).join(":")}::1`;
}
