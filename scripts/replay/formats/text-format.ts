import { isAddressList } from "../reader-address";
import { CONTROL, headerValue, type LoggedRequest, plain, splitRequestLine } from "../request";
import type { LogFormat } from "./format";
import { type FieldName, type Part, parseNotation } from "./notation";
import { parseTime } from "./time";

/** Which fields may follow those that a format names. */
type Extra = "none" | "unquoted" | "any";

const extras: Record<Extra, RegExp> = {
  none: /^\s*$/,
  unquoted: /^(?:\s+[^\s"]+)*\s*$/,
  // Bare words (`rt=0.003`, `uct="0.001"`), quoted and bracketed fields. Each can be read in one way only: no backtracking.
  any: /^(?:\s+(?:[^\s"[]+(?:"(?:[^"\\]|\\.)*")?|"(?:[^"\\]|\\.)*"|\[[^\]]*\]))*\s*$/,
};

/** How many places are tried as the end of a field, so that a line made to have many costs little. */
const MAX_ENDS = 64;

/** A format with fields in a fixed order, from its notation. */
export function textFormat(name: string, notation: string, extra: Extra = "none"): LogFormat {
  const parts = parseNotation(notation);
  const parse = (line: string) => parseText(parts, extra, line);
  return { name, open: () => parse };
}

function parseText(parts: Part[], extra: Extra, line: string): LoggedRequest | null {
  // Servers escape control characters; a crash can leave runs of NUL.
  if (CONTROL.test(line)) return null;
  const fields = new Map<FieldName, string>();
  let at = 0;
  for (const [n, part] of parts.entries()) {
    if ("literal" in part) {
      if (!line.startsWith(part.literal, at)) return null;
      at += part.literal.length;
      continue;
    }
    const end = endOf(parts, n, line, at, extras[extra]);
    if (end < 0) return null;
    if (part.field && !fields.has(part.field)) fields.set(part.field, line.slice(at, end));
    at = end;
  }
  const rest = line.slice(at);
  return extras[extra].test(rest) ? requestOf(fields, rest) : null;
}

/** Where the field `parts[n]`, which starts at `at`, ends; -1 if it does not fit. */
function endOf(parts: Part[], n: number, line: string, at: number, extra: RegExp): number {
  const part = parts[n];
  if (part && "pattern" in part && part.pattern) {
    part.pattern.lastIndex = at;
    return part.pattern.test(line) ? part.pattern.lastIndex : -1;
  }
  const next = parts[n + 1];
  if (!next || !("literal" in next)) return line.trimEnd().length;
  const after = parts[n + 2];
  let end = line.indexOf(next.literal, at);
  for (let tried = 0; end >= 0 && tried < MAX_ENDS; tried += 1) {
    if (!isEscaped(line, end) && follows(line, end + next.literal.length, after, extra)) return end;
    end = line.indexOf(next.literal, end + 1);
  }
  return -1;
}

/** Some programs write quotes as they are: a quote ends a field only if what comes after it fits as well. */
function follows(line: string, at: number, after: Part | undefined, extra: RegExp): boolean {
  if (!after) return extra.test(line.slice(at));
  if ("literal" in after) return line.startsWith(after.literal, at);
  if (!after.pattern) return true;
  after.pattern.lastIndex = at;
  return after.pattern.test(line);
}

function isEscaped(line: string, quote: number): boolean {
  if (line[quote] !== '"') return false;
  let backslashes = 0;
  while (line[quote - 1 - backslashes] === "\\") backslashes += 1;
  return backslashes % 2 === 1;
}

function requestOf(fields: Map<FieldName, string>, rest: string): LoggedRequest {
  const get = (name: FieldName) => fields.get(name) ?? "";
  const request = fields.has("request")
    ? splitRequestLine(get("request"))
    : { method: get("method"), target: get("target") };
  const peer = get("peer");
  const type = headerValue(get("type"));
  const headers: Record<string, string> = {};
  for (const [name, value] of fields)
    if (name.startsWith("header ")) {
      const sent = headerValue(value);
      if (sent !== null) headers[name.slice("header ".length)] = sent;
    }
  return {
    method: request.method,
    // Without the query first: its escapes decide nothing about the path's.
    target: plain(request.target.replace(/\?.*$/, "")),
    status: Number(get("status")),
    // Some servers write the whole X-Forwarded-For where the address stands.
    peer: peer.includes(",") ? "" : peer,
    forwarded: peer.includes(",") ? peer : (headerValue(get("forwarded")) ?? forwardedIn(rest)),
    agent: fields.has("agent") ? headerValue(get("agent")) : undefined,
    referrer: headerValue(get("referrer")),
    time: parseTime(get("time")),
    ...(type !== null && { type }),
    headers,
  };
}

/** The first quoted field that holds addresses: nginx's packaged configuration writes X-Forwarded-For after the agent. */
function forwardedIn(rest: string): string {
  for (const [, value = ""] of rest.matchAll(/"([^"]*)"/g)) if (isAddressList(value)) return value;
  return "";
}
