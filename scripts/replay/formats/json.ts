import { asBytes, asText, DECIDING_HEADERS, type LoggedRequest, splitRequestLine } from "../request";
import type { LogFormat } from "./format";
import { parseTime } from "./time";

/**
 * Where servers put a field, in lower case, the best place first: Caddy, nginx (as its variables are called), Traefik, Envoy, Google's
 * and Cloudflare's load balancers, pino-http. A dot leads into an object.
 */
const PLACES = {
  request: ["request", "request_line"],
  method: [
    "request.method",
    "request_method",
    "requestmethod",
    "method",
    "httprequest.requestmethod",
    "clientrequestmethod",
    "req.method",
    "verb",
  ],
  target: [
    "request.uri",
    "request_uri",
    "requestpath",
    "uri",
    "path",
    "httprequest.requesturl",
    "clientrequesturi",
    "clientrequestpath",
    "req.url",
    "url",
  ],
  status: [
    "status",
    "downstreamstatus",
    "originstatus",
    "status_code",
    "response_code",
    "httprequest.status",
    "edgeresponsestatus",
    "res.statuscode",
    "response.status",
  ],
  peer: [
    "request.remote_ip",
    "request.remote_addr",
    "remote_addr",
    "remote_ip",
    "clienthost",
    "clientaddr",
    "downstream_remote_address",
    "httprequest.remoteip",
    "clientip",
    "client_ip",
    "req.remoteaddress",
  ],
  forwarded: [
    "request.headers.x-forwarded-for",
    "http_x_forwarded_for",
    "x_forwarded_for",
    "x-forwarded-for",
    "request_x-forwarded-for",
    "req.headers.x-forwarded-for",
  ],
  agent: [
    "request.headers.user-agent",
    "http_user_agent",
    "user_agent",
    "useragent",
    "user-agent",
    "request_user-agent",
    "httprequest.useragent",
    "clientrequestuseragent",
    "req.headers.user-agent",
    "agent",
  ],
  referrer: [
    "request.headers.referer",
    "http_referer",
    "referer",
    "referrer",
    "request_referer",
    "httprequest.referer",
    "clientrequestreferer",
    "req.headers.referer",
  ],
  time: [
    "ts",
    "time_iso8601",
    "time_local",
    "msec",
    "startutc",
    "start_time",
    "@timestamp",
    "timestamp",
    "edgestarttimestamp",
    "time",
  ],
  type: [
    "resp_headers.content-type",
    "sent_http_content_type",
    "downstream_content-type",
    "res.headers.content-type",
    "content_type",
  ],
} as const;

/** Objects that hold all headers of a request: a header that is missing there was not sent. */
const ALL_HEADERS = ["request.headers", "req.headers"];
const MAX_DEPTH = 3;

/** One JSON object per line, with the names that common servers use. */
export const jsonLines: LogFormat = { name: "json", open: () => parseJsonLine };

function parseJsonLine(line: string): LoggedRequest | null {
  const value = parseObject(line);
  if (!value) return null;
  const values = new Map<string, string>();
  flatten(value, "", values, 1);
  const find = (places: readonly string[]) =>
    places.map((place) => values.get(place)).find((text) => text !== undefined);
  const header = (places: readonly string[]) => {
    const text = find(places);
    return text === undefined || text === "" || text === "-" ? null : asBytes(text);
  };
  const request = find(PLACES.request);
  const { method, target } = request
    ? splitRequestLine(request)
    : { method: find(PLACES.method) ?? "", target: find(PLACES.target) ?? "" };
  const status = find(PLACES.status) ?? "";
  if (!method || !target || !/^\d{3}$/.test(status)) return null;
  const listsHeaders = ALL_HEADERS.some((place) => values.has(place));
  const agentIsLogged = listsHeaders || find(PLACES.agent) !== undefined;
  const type = header(PLACES.type);
  return {
    method,
    target: asBytes(target),
    status: Number(status),
    peer: find(PLACES.peer) ?? "",
    forwarded: header(PLACES.forwarded) ?? "",
    agent: agentIsLogged ? header(PLACES.agent) : undefined,
    referrer: header(PLACES.referrer),
    time: parseTime(find(PLACES.time) ?? ""),
    ...(type !== null && { type }),
    headers: decidingHeaders(header),
  };
}

function decidingHeaders(header: (places: readonly string[]) => string | null): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of DECIDING_HEADERS) {
    const value = header([
      `request.headers.${name}`,
      `req.headers.${name}`,
      `http_${name.replaceAll("-", "_")}`,
      `request_${name}`,
    ]);
    if (value !== null) found[name] = value;
  }
  return found;
}

/** Without `escape=json` nginx writes `\xHH`, which JSON does not know. */
function parseObject(line: string): object | null {
  const text = asText(line).trim();
  if (!text.startsWith("{")) return null;
  for (const attempt of [text, text.replace(/\\x([0-9a-f]{2})/gi, "\\u00$1")])
    try {
      const value: unknown = JSON.parse(attempt);
      return typeof value === "object" ? value : null;
    } catch {
      // Not JSON as it stands; what no attempt can read is reported as not understood.
    }
  return null;
}

/** Lists have several values of one header; the way HTTP joins them is ", ". Objects that hold headers are noted as present. */
function flatten(value: object, prefix: string, into: Map<string, string>, depth: number) {
  for (const [key, inner] of Object.entries(value)) {
    const place = `${prefix}${key.toLowerCase()}`;
    if (into.has(place)) continue;
    if (typeof inner === "string") into.set(place, inner);
    else if (typeof inner === "number") into.set(place, String(inner));
    else if (Array.isArray(inner)) {
      if (inner.length > 0 && inner.every((item) => typeof item === "string"))
        into.set(place, inner.join(", "));
    } else if (typeof inner === "object" && inner !== null && depth < MAX_DEPTH) {
      if (ALL_HEADERS.includes(place)) into.set(place, "");
      flatten(inner, `${place}.`, into, depth + 1);
    }
  }
}
