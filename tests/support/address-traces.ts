import { createHash } from "node:crypto";
import { isIPv4 } from "node:net";

/** The forms in which an address might be stored, by the name of the encoding. */
export type Traces = Map<string, Buffer>;

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string) => text.split(":").filter((group) => group !== "");
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(missing).fill("0"), ...groups(tail)];
  return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex");
}

/** Every encoding of an address that a careless program could store; digests may include `agent`. */
export function tracesOf(address: string, agent: string): Traces {
  const traces: Traces = new Map();
  const add = (name: string, value: string | Buffer) =>
    traces.set(`${address} as ${name}`, Buffer.from(value));
  const bytes = bytesOf(address);
  const reversed = Buffer.from(bytes).reverse();
  const long = isIPv4(address) ? `::ffff:${address}` : (bytes.toString("hex").match(/.{4}/g) ?? []).join(":");
  const spellings = { plain: address, "long form": long, "upper case": address.toUpperCase() };
  for (const [name, text] of Object.entries(spellings)) {
    add(name, text);
    add(`${name}, URL-encoded`, encodeURIComponent(text));
    add(`${name}, reversed`, [...text].reverse().join(""));
    add(`${name}, hex`, Buffer.from(text).toString("hex"));
    // Base64 of a text that contains the address has three forms, depending on the offset of the address.
    for (const encoding of ["base64", "base64url"] as const)
      for (const offset of [0, 1, 2]) {
        const padded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString(encoding);
        add(`${name}, ${encoding} at ${offset}`, padded.slice(offset === 0 ? 0 : 4, -4));
      }
  }
  for (const [name, value] of [
    ["bytes", bytes],
    ["reversed bytes", reversed],
  ] as const) {
    add(name, value);
    add(`${name}, hex`, value.toString("hex"));
    add(`${name}, upper-case hex`, value.toString("hex").toUpperCase());
    add(`${name}, base64`, value.toString("base64").replace(/=+$/, ""));
    add(`${name}, base64url`, value.toString("base64url"));
    add(`${name}, integer`, BigInt(`0x${value.toString("hex")}`).toString());
  }
  for (const algorithm of ["md5", "sha1", "sha256", "sha512"])
    for (const [name, text] of [
      ["the address", address],
      ["the address and the agent", address + agent],
      ["the address, a space and the agent", `${address} ${agent}`],
      ["the address, a NUL and the agent", `${address}\0${agent}`],
      ["the address, a bar and the agent", `${address}|${agent}`],
      ["the agent and the address", agent + address],
    ] as const) {
      const digest = createHash(algorithm).update(text).digest();
      // The first half is enough, because digests are often truncated.
      const half = digest.subarray(0, digest.length / 2);
      add(`${algorithm} of ${name}`, half);
      add(`${algorithm} of ${name}, hex`, half.toString("hex"));
      add(`${algorithm} of ${name}, base64`, digest.toString("base64").slice(0, 12));
      add(`${algorithm} of ${name}, base64url`, digest.toString("base64url").slice(0, 12));
    }
  return traces;
}

/** The names of the traces found in a buffer. */
export const found = (traces: Traces, where: Buffer) =>
  [...traces].filter(([, trace]) => where.includes(trace)).map(([name]) => name);
