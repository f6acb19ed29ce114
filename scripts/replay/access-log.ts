/** One line of an access log in the combined format. Strings are the bytes of the log as Latin-1, with its escapes. */
export interface LogLine {
  address: string;
  /** The request line, such as `GET /a HTTP/1.1`; "-" and junk are possible. */
  request: string;
  status: number;
  referrer: string;
  agent: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find; a tab is allowed
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
const quoted = String.raw`"((?:[^"\\]|\\.)*)"`;
const combined = new RegExp(
  String.raw`^(\S+) \S+ [^[]*\[[^\]]+\] ${quoted} (\d{3}) (?:\d+|-) ${quoted} ${quoted}\s*$`,
);
/** Method, target (which may contain spaces) and, except in HTTP/0.9, the version. */
const requestLine = /^(\S+) (.+?)(?: HTTP\/\d+(?:\.\d+)?)?$/;

/** Parses one line; null when it is not in the combined format (cut short, or not from a web server). */
export function parseLine(line: string): LogLine | null {
  // Servers escape control characters; a crash can leave runs of NUL.
  if (CONTROL.test(line)) return null;
  const match = combined.exec(line);
  if (!match) return null;
  const [, address = "", request = "", status, referrer = "", agent = ""] = match;
  return { address, request, status: Number(status), referrer, agent };
}

/**
 * The path of a page view, or null for any other request. A page view is a GET answered with 200 or 304 whose last path
 * segment has no extension, or `.html`/`.xhtml`. The query string is removed first, then the segment is checked, and only then
 * are trailing slashes removed: `/talks/logstash-1.0/` is a directory and so a page, but `/talks/logstash-1.0` is a file.
 */
export function pageOf(line: LogLine): string | null {
  if (line.status !== 200 && line.status !== 304) return null;
  const [, method, target] = requestLine.exec(line.request) ?? [];
  if (method !== "GET" || target === undefined) return null;
  // A request through a proxy has the whole address.
  const origin = /^https?:\/\/[^/?#]*/i.exec(target)?.[0];
  const path = target.slice(origin?.length ?? 0).replace(/\?.*$/, "") || (origin ? "/" : "");
  if (!path.startsWith("/")) return null;
  const segment = path.slice(path.lastIndexOf("/") + 1);
  if (segment.includes(".") && !/\.x?html$/i.test(segment)) return null;
  return asText(plain(path.replace(/\/+$/, "") || "/"));
}

/** The value of a header as the browser sent it; null for "-", which means that the header was missing. */
export function headerValue(logged: string): string | null {
  return logged === "-" || logged === "" ? null : plain(logged);
}

/** The text without the log's escapes, unless the result could be sent neither in HTTP nor to Postgres. */
function plain(logged: string): string {
  const text = unescapeField(logged);
  return CONTROL.test(text) ? logged : text;
}

/** For characters that would break the line Apache writes `\"`, `\\`, `\t` and `\xhh`, and nginx `\xHH`. */
function unescapeField(logged: string): string {
  return logged.replace(/\\(?:x([0-9a-f]{2})|(.))/gi, (whole, hex: string | undefined, char: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return { n: "\n", t: "\t", r: "\r", b: "\b", v: "\v", '"': '"', "\\": "\\" }[char] ?? whole;
  });
}

/** Decodes bytes kept as Latin-1 as UTF-8, which they usually are. */
export const asText = (latin1: string) => Buffer.from(latin1, "latin1").toString("utf8");
