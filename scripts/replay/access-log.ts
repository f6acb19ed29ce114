/** One line of an access log in the combined format. Texts are the log's bytes as Latin-1, still escaped as logged. */
export interface LogLine {
  address: string;
  /** The request line, such as `GET /a HTTP/1.1`; "-" and junk are possible. */
  request: string;
  status: number;
  referrer: string;
  agent: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for; a tab may stand in a line
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
const quoted = String.raw`"((?:[^"\\]|\\.)*)"`;
const combined = new RegExp(
  String.raw`^(\S+) \S+ [^[]*\[[^\]]+\] ${quoted} (\d{3}) (?:\d+|-) ${quoted} ${quoted}\s*$`,
);
/** Method, target (which may hold spaces) and, but for HTTP/0.9, the version. */
const requestLine = /^(\S+) (.+?)(?: HTTP\/\d+(?:\.\d+)?)?$/;

/** Reads one line, or answers null for one that is not in the combined format: cut short, or not from a web server. */
export function parseLine(line: string): LogLine | null {
  // Servers escape control characters; a crash leaves runs of NUL.
  if (CONTROL.test(line)) return null;
  const match = combined.exec(line);
  if (!match) return null;
  const [, address = "", request = "", status, referrer = "", agent = ""] = match;
  return { address, request, status: Number(status), referrer, agent };
}

/**
 * The path of a page view, or null for any other request. A page view is a GET answered with 200 or 304 whose last path
 * segment has no extension, or `.html`/`.xhtml`. The query string goes first; then the segment is looked at, and only then do
 * trailing slashes go: `/talks/logstash-1.0/` is a directory, so a page, and `/talks/logstash-1.0` would be a file.
 */
export function pageOf(line: LogLine): string | null {
  if (line.status !== 200 && line.status !== 304) return null;
  const [, method, target] = requestLine.exec(line.request) ?? [];
  if (method !== "GET" || target === undefined) return null;
  // Through a proxy the whole address is asked for.
  const origin = /^https?:\/\/[^/?#]*/i.exec(target)?.[0];
  const path = target.slice(origin?.length ?? 0).replace(/\?.*$/, "") || (origin ? "/" : "");
  if (!path.startsWith("/")) return null;
  const segment = path.slice(path.lastIndexOf("/") + 1);
  if (segment.includes(".") && !/\.x?html$/i.test(segment)) return null;
  return asText(plain(path.replace(/\/+$/, "") || "/"));
}

/** The value of a header as the browser sent it, or null for "-": there was none. */
export function headerValue(logged: string): string | null {
  return logged === "-" || logged === "" ? null : plain(logged);
}

/** The text without the log's escapes, unless that would be something neither HTTP nor Postgres could carry. */
function plain(logged: string): string {
  const text = unescapeField(logged);
  return CONTROL.test(text) ? logged : text;
}

/** Apache writes `\"`, `\\`, `\t` and `\xhh`, nginx `\xHH`, for what would break the line. */
function unescapeField(logged: string): string {
  return logged.replace(/\\(?:x([0-9a-f]{2})|(.))/gi, (whole, hex: string | undefined, char: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return { n: "\n", t: "\t", r: "\r", b: "\b", v: "\v", '"': '"', "\\": "\\" }[char] ?? whole;
  });
}

/** Bytes that were kept as Latin-1, read as the UTF-8 they mostly are. */
export const asText = (latin1: string) => Buffer.from(latin1, "latin1").toString("utf8");
