/**
 * One request, as a line of an access log tells it. Strings are the bytes that were sent, as Latin-1, because that is what headers
 * are made of; `asText` decodes them.
 */
export interface LoggedRequest {
  method: string;
  /** The path, with or without its query; empty when the line has no request (`-`, TLS sent to a plain port). */
  target: string;
  status: number;
  /** Who connected to the server, as logged; empty when the log does not say. */
  peer: string;
  /** `X-Forwarded-For` as logged; empty when there was none. */
  forwarded: string;
  /** Null when the browser sent none, undefined when the log does not say. */
  agent: string | null | undefined;
  referrer: string | null;
  /** Unix time in milliseconds; null when the log does not say. */
  time: number | null;
  /** The response's content type, where it is logged. */
  type?: string;
  /** Logged request headers that decide whether a view counts, by their lower-case names. */
  headers?: Record<string, string>;
}

/** The request headers, besides the user agent, that `app/tracker/exclusion.ts` asks about. */
export const DECIDING_HEADERS = ["sec-purpose", "purpose", "x-purpose", "x-moz", "sec-gpc", "dnt"];

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find; a tab is allowed
export const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/** A field without the log's escapes, unless the result could be sent neither in HTTP nor to Postgres. */
export function plain(logged: string): string {
  const text = unescapeField(logged);
  return CONTROL.test(text) ? logged : text;
}

/** The value of a header as the browser sent it; null for "-", which means that the header was missing. */
export function headerValue(logged: string): string | null {
  return logged === "-" || logged === "" ? null : plain(logged);
}

/** For characters that would break the line Apache writes `\"`, `\\`, `\t` and `\xhh`, and nginx `\xHH`. */
function unescapeField(logged: string): string {
  return logged.replace(/\\(?:x([0-9a-f]{2})|(.))/gi, (whole, hex: string | undefined, char: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return { n: "\n", t: "\t", r: "\r", b: "\b", v: "\v", '"': '"', "\\": "\\" }[char] ?? whole;
  });
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes bytes kept as Latin-1: as UTF-8 if they are valid UTF-8, else as Latin-1, so that different bytes stay different. */
export function asText(latin1: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything that is ASCII
  if (/^[\x00-\x7f]*$/.test(latin1)) return latin1;
  try {
    return utf8.decode(Buffer.from(latin1, "latin1"));
  } catch {
    return latin1;
  }
}

/** The opposite of `asText`: the bytes of a text, as Latin-1. */
export const asBytes = (text: string) => Buffer.from(text, "utf8").toString("latin1");

/** Method, target (which may contain spaces) and, except in HTTP/0.9, the version. */
const REQUEST_LINE = /^(\S+) (.+?)(?: HTTP\/\d+(?:\.\d+)?)?$/;

/** Splits a request line such as `GET /a HTTP/1.1`. */
export function splitRequestLine(line: string): Pick<LoggedRequest, "method" | "target"> {
  const [, method = "", target = ""] = REQUEST_LINE.exec(line) ?? [];
  return { method, target };
}
