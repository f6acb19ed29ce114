import { DECIDING_HEADERS } from "../request";

/** What we read of a line. A field without a name is skipped. */
export type FieldName =
  | "peer"
  | "forwarded"
  | "request"
  | "method"
  | "target"
  | "status"
  | "agent"
  | "referrer"
  | "time"
  | "type"
  | `header ${string}`;

/** A part of a format: text that stands in every line, or a field. */
export type Part = { literal: string } | { field: FieldName | null; pattern?: RegExp };

/** Patterns are sticky: they match where a field starts. Fields without one end where the text after them starts. */
const STATUS = /\d{3}(?!\d)/y;
const SIZE = /(?:\d+|-)(?!\w)/y;
const ADDRESSES = /(?!-[^\w-])[\w.:%[\]-]+(?:, *[\w.:%[\]-]+)*/y;
const BRACKETED = /\[[^\]]+\]/y;
const HOST = /[^\s:[\]]+|\[[^\]\s]+\]/y;
const PORT = /\d+|-/y;

const nginx: Record<string, Part> = {
  remote_addr: { field: "peer", pattern: ADDRESSES },
  http_x_forwarded_for: { field: "forwarded" },
  proxy_add_x_forwarded_for: { field: "forwarded" },
  request: { field: "request" },
  request_method: { field: "method" },
  request_uri: { field: "target" },
  uri: { field: "target" },
  document_uri: { field: "target" },
  status: { field: "status", pattern: STATUS },
  body_bytes_sent: { field: null, pattern: SIZE },
  bytes_sent: { field: null, pattern: SIZE },
  http_user_agent: { field: "agent" },
  http_referer: { field: "referrer" },
  time_local: { field: "time" },
  time_iso8601: { field: "time" },
  msec: { field: "time" },
  sent_http_content_type: { field: "type" },
  server_port: { field: null, pattern: PORT },
  ...Object.fromEntries(
    DECIDING_HEADERS.map((name) => [
      `http_${name.replaceAll("-", "_")}`,
      { field: `header ${name}` } as Part,
    ]),
  ),
};

const apache: Record<string, Part> = {
  h: { field: "peer", pattern: ADDRESSES },
  a: { field: "peer", pattern: ADDRESSES },
  r: { field: "request" },
  m: { field: "method" },
  U: { field: "target" },
  s: { field: "status", pattern: STATUS },
  t: { field: "time", pattern: BRACKETED },
  b: { field: null, pattern: SIZE },
  B: { field: null, pattern: SIZE },
  O: { field: null, pattern: SIZE },
  v: { field: null, pattern: HOST },
  V: { field: null, pattern: HOST },
  p: { field: null, pattern: PORT },
};

/** Apache's `%{Name}i` and `%{Name}o`, with the name in lower case. */
const apacheHeaders: Record<string, FieldName> = {
  "user-agent i": "agent",
  "referer i": "referrer",
  "x-forwarded-for i": "forwarded",
  "content-type o": "type",
  ...Object.fromEntries(DECIDING_HEADERS.map((name) => [`${name} i`, `header ${name}` as FieldName])),
};

const NGINX_VARIABLE = /\$(?:\{([a-z0-9_]+)\}|([a-z0-9_]+))/gi;
const APACHE_DIRECTIVE = /%(%|[!,\d]*[<>]?(?:\{([^}]*)\})?(?:\^t[io]|([a-zA-Z])))/g;

/**
 * Reads a format in nginx's (`$remote_addr …`) or Apache's notation (`%h …`), with the quotes and escapes of the configuration file
 * or without them.
 * @throws Error with one line that says what is wrong.
 */
export function parseNotation(notation: string): Part[] {
  const text = unquote(notation.trim());
  const isNginx = /\$\{?[a-z]/i.test(text);
  const parts = isNginx ? split(text, NGINX_VARIABLE, nginxPart) : split(text, APACHE_DIRECTIVE, apachePart);
  return checked(parts);
}

const nginxPart = ([, braced, bare]: RegExpMatchArray): Part =>
  own(nginx, (braced ?? bare ?? "").toLowerCase());

function apachePart([whole, , name, letter = ""]: RegExpMatchArray): Part {
  if (whole === "%%") return { literal: "%" };
  if (name === undefined) return own(apache, letter);
  if (letter === "a") return { field: null };
  if (letter === "t") return { field: "time" };
  const key = `${name.toLowerCase()} ${letter}`;
  return { field: (Object.hasOwn(apacheHeaders, key) && apacheHeaders[key]) || null };
}

const own = (table: Record<string, Part>, name: string): Part =>
  (Object.hasOwn(table, name) && table[name]) || { field: null };

function split(text: string, variable: RegExp, partOf: (match: RegExpMatchArray) => Part): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(variable)) {
    if (match.index > end) parts.push({ literal: text.slice(end, match.index) });
    parts.push(partOf(match));
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ literal: text.slice(end) });
  return parts;
}

/** nginx's configuration has pieces in single quotes; Apache's has one in double quotes, with `\"` inside. */
function unquote(notation: string): string {
  const pieces = notation.replace(/;$/, "");
  if (/^(?:'[^']*'\s*)+$/.test(pieces)) return [...pieces.matchAll(/'([^']*)'/g)].map(([, p]) => p).join("");
  const whole = /^"(.*\\".*)"$/.exec(notation)?.[1] ?? notation;
  return whole.replace(/\\(["\\])/g, "$1").replaceAll("\\t", "\t");
}

function checked(found: Part[]): Part[] {
  // A path and its query are one target.
  const parts = found.filter((part, n) => {
    const before = found[n - 1];
    return !(
      "field" in part &&
      part.field === null &&
      before &&
      "field" in before &&
      before.field === "target"
    );
  });
  const fields = parts.flatMap((part) => ("field" in part ? [part.field] : []));
  const needed: [string, FieldName[]][] = [
    ["the request ($request, %r)", ["request", "target"]],
    ["the status ($status, %>s)", ["status"]],
    ["an address ($remote_addr, %h)", ["peer", "forwarded"]],
  ];
  for (const [what, names] of needed)
    if (!names.some((name) => fields.includes(name)))
      throw new Error(`--log-format: has no field for ${what}.`);
  const touching = parts.findIndex(
    (part, n) => "field" in part && !part.pattern && "field" in (parts[n + 1] ?? { literal: "" }),
  );
  if (touching >= 0)
    throw new Error("--log-format: two fields stand side by side, so nothing says where the first one ends.");
  return parts;
}
