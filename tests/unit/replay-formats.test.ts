import { describe, expect, it } from "vitest";
import { DIRECTIVE } from "../../scripts/replay/formats/format";
import { isRecognised, namedFormat, recognise } from "../../scripts/replay/formats/recognise";
import { parseTime } from "../../scripts/replay/formats/time";
import type { LoggedRequest } from "../../scripts/replay/request";

const agent = "Mozilla/5.0 (X11; Linux x86_64) Firefox/132.0";
const parse = (format: string, ...lines: string[]) => {
  const read = namedFormat(format).open();
  return lines.map((line) => read(line)).at(-1) as LoggedRequest | null;
};
const head = '203.0.113.7 - - [10/Nov/2026:08:01:00 +0000] "GET /a HTTP/1.1" 200 5';
const view = { method: "GET", target: "/a", status: 200, peer: "203.0.113.7", agent };

describe("text formats", () => {
  it.each([
    ["combined", `${head} "-" "${agent}"`],
    ["combined", `${head} "-" "${agent}" "-" 0.003`],
    ["combined", `${head} "-" "${agent}" 512 0.004 [default-web-80] [] 10.0.0.3:80 5 0.004 200 f00`],
    ["combined", `${head} "-" "${agent}" 12 "router@docker" "http://10.0.0.3:80" 3ms`],
    ["combined", `${head} "-" "${agent}" rt=0.003 uct="0.000" urt="-"`],
    ["vhost_combined", `stories.example:443 ${head} "-" "${agent}"`],
    ["vhost_combined", `[2001:db8::2]:443 ${head} "-" "${agent}"`],
  ])("recognises %s: %s", (name, line) => {
    const { format, fitting } = recognise([line]);
    expect([format.name, fitting]).toEqual([name, 1]);
    expect(format.open()(line)).toMatchObject({ ...view, forwarded: "" });
  });

  it("recognises common, with a field more and without", () => {
    for (const line of [head, `${head} 0.003`]) {
      expect(recognise([line]).format.name).toBe("common");
      expect(parse("common", line)).toMatchObject({ ...view, agent: undefined });
    }
  });

  it("does not take a line that was cut short for a shorter format's", () => {
    expect(parse("common", `${head} "-" "Mozilla/5`)).toBeNull();
    expect(parse("combined", head)).toBeNull();
  });

  it("does not take an IPv6 address with a user for a host and its port", () => {
    const line = `2001:db8::7 - ann lee ${head.slice(head.indexOf("["))} "-" "${agent}"`;
    expect(recognise([line]).format.name).toBe("combined");
    expect(parse("combined", line)).toMatchObject({ peer: "2001:db8::7" });
  });

  it.each([
    [`"203.0.113.1"`, "203.0.113.1"],
    [`"203.0.113.1, 10.0.0.5" "0.003"`, "203.0.113.1, 10.0.0.5"],
    [`"0.003" "2001:db8::1"`, "2001:db8::1"],
    [`"10.0.0.3:8080" "203.0.113.1"`, "203.0.113.1"],
    [`"0.003"`, ""],
  ])("finds X-Forwarded-For in the fields after the agent: %s", (rest, forwarded) => {
    expect(parse("combined", `${head} "-" "${agent}" ${rest}`)).toMatchObject({ forwarded });
  });

  it("does not end a field at an escaped quote", () => {
    const line = String.raw`${head} "a\" \"b" "c\" \"d"`;
    expect(parse("combined", line)).toMatchObject({ referrer: 'a" "b', agent: 'c" "d' });
  });

  it("reads quotes that were not escaped", () => {
    const line = `${head.replace("/a ", '/a"b ')} "https://x.example/?q="a b"" "say "hi" you" "203.0.113.1"`;
    expect(parse("combined", line)).toMatchObject({
      target: '/a"b',
      referrer: 'https://x.example/?q="a b"',
      agent: 'say "hi" you',
      forwarded: "203.0.113.1",
    });
  });
});

describe("--log-format", () => {
  const line = `${agent}|203.0.113.7|2026-11-10T08:01:00+01:00|GET|/a|200|text/html; charset=utf-8|prefetch`;
  const request = {
    ...view,
    time: Date.parse("2026-11-10T07:01:00Z"),
    type: "text/html; charset=utf-8",
    headers: { "sec-purpose": "prefetch" },
  };

  it("takes nginx's notation, also as it stands in the configuration", () => {
    const start = "$http_user_agent|$remote_addr|$time_iso8601|$request_method|";
    const end = "$".concat("{uri}|$status|$sent_http_content_type|$http_sec_purpose");
    expect(parse(start + end, line)).toMatchObject(request);
    expect(parse(`'${start}'\n   '${end}';`, line)).toMatchObject(request);
  });

  it("takes Apache's notation, also as it stands in the configuration", () => {
    const format = "%{User-agent}i|%a|%{%Y-%m-%dT%H:%M:%S%z}t|%m|%U%q|%>s|%{Content-Type}o|%{Sec-Purpose}i";
    expect(parse(format, line)).toMatchObject(request);
    const quoted = '%h \\"%r\\" %>s 100%%\\t\\"%{User-Agent}i\\"';
    expect(parse(quoted, `203.0.113.7 "GET /a HTTP/1.1" 200 100%\t"${agent}"`)).toMatchObject(view);
  });

  it("takes a load balancer's format", () => {
    const format =
      '$type $time_iso8601 $elb $remote_addr $target $t1 $t2 $t3 $status $s2 $r $s "$request" "$http_user_agent" $more';
    const alb = `https 2026-11-10T08:01:00.186641Z app/lb/50dc6c 203.0.113.7:2817 10.0.0.1:80 0.0 0.1 0.0 200 200 34 366 "GET https://x.example:443/a HTTP/1.1" "${agent}" TLS_A TLSv1.3 arn:aws "Root=1"`;
    expect(parse(format, alb)).toMatchObject({
      ...view,
      peer: "203.0.113.7:2817",
      target: "https://x.example:443/a",
    });
  });

  it("takes the directive of a W3C log that has lost it", () => {
    const given = "#Fields: c-ip cs-method cs-uri-stem sc-status cs(User-Agent)";
    expect(parse(given, "203.0.113.7 GET /a 200 A/1+(B)")).toMatchObject({ ...view, agent: "A/1 (B)" });
  });

  it.each([
    ["nonsense", /"nonsense" is neither json/],
    ["$remote_addr $status", /no field for the request/],
    ["%h %r", /no field for the status/],
    ["$request $status", /no field for an address/],
    ["$remote_addr$time_local$request $status", /side by side/],
  ])("refuses %s", (format, message) => {
    expect(() => namedFormat(format)).toThrow(message);
  });

  it("wants the whole line", () => {
    expect(parse('$remote_addr "$request" $status', '203.0.113.7 "GET /a HTTP/1.1" 200 5')).toBeNull();
  });
});

describe("JSON lines", () => {
  const nginx = {
    time_iso8601: "2026-11-10T08:01:00+00:00",
    remote_addr: "203.0.113.7",
    request: "GET /a HTTP/1.1",
    status: "200",
    http_user_agent: agent,
  };
  it.each([
    ["nginx", nginx],
    [
      "Traefik",
      {
        ClientHost: "203.0.113.7",
        RequestMethod: "GET",
        RequestPath: "/a",
        DownstreamStatus: 200,
        "request_User-Agent": agent,
      },
    ],
    [
      "Envoy",
      {
        downstream_remote_address: "203.0.113.7",
        method: "GET",
        path: "/a",
        response_code: 200,
        user_agent: agent,
      },
    ],
    [
      "Google",
      {
        httpRequest: {
          remoteIp: "203.0.113.7",
          requestMethod: "GET",
          requestUrl: "/a",
          status: 200,
          userAgent: agent,
        },
      },
    ],
    [
      "Cloudflare",
      {
        ClientIP: "203.0.113.7",
        ClientRequestMethod: "GET",
        ClientRequestURI: "/a",
        EdgeResponseStatus: 200,
        ClientRequestUserAgent: agent,
      },
    ],
    [
      "pino-http",
      {
        req: { method: "GET", url: "/a", remoteAddress: "203.0.113.7", headers: { "user-agent": agent } },
        res: { statusCode: 200 },
      },
    ],
  ])("reads %s's names", (_server, object) => {
    const line = JSON.stringify(object);
    expect(recognise([line])).toMatchObject({ format: { name: "json" }, fitting: 1 });
    expect(parse("json", line)).toMatchObject(view);
  });

  const caddy = (headers: Record<string, string[]>) =>
    JSON.stringify({
      ts: 1762762000.5,
      request: { remote_ip: "203.0.113.7", method: "GET", uri: "/caf%C3%A9?x", headers },
      status: 200,
      resp_headers: { "Content-Type": ["text/html"] },
    });

  it("reads the headers that Caddy logs", () => {
    expect(
      parse(
        "json",
        caddy({ "User-Agent": ["é"], "Sec-Purpose": ["prefetch"], "X-Forwarded-For": ["a", "b"] }),
      ),
    ).toMatchObject({
      agent: "Ã©",
      forwarded: "a, b",
      headers: { "sec-purpose": "prefetch" },
      type: "text/html",
      time: 1762762000500,
    });
  });

  it("tells a browser that sent no agent from a log that does not say", () => {
    expect(parse("json", caddy({ Accept: ["*/*"] }))?.agent).toBeNull();
    expect(parse("json", JSON.stringify({ ...nginx, http_user_agent: "-" }))?.agent).toBeNull();
    expect(parse("json", JSON.stringify({ ...nginx, http_user_agent: undefined }))?.agent).toBeUndefined();
  });

  it("reads nginx's escapes, which JSON does not know", () => {
    expect(parse("json", JSON.stringify(nginx).replace("Linux", "\\x22Linux\\x22"))?.agent).toContain(
      '"Linux"',
    );
  });

  it.each(["{}", "[]", "null", "{", `{"status":200}`, JSON.stringify({ ...nginx, status: "ok" })])(
    "does not take %s for a request",
    (line) => {
      expect(parse("json", line)).toBeNull();
    },
  );
});

describe("W3C extended", () => {
  const fields = "#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(User-Agent) cs(Referer)";
  it("follows the columns that each directive names", () => {
    const other = "#Fields: sc-status cs-uri-stem cs-method c-ip cs(User-Agent)";
    expect(parse("w3c", fields, "2026-11-10 08:01:00 203.0.113.7 GET /a 200 A+B -")).toMatchObject({
      ...view,
      agent: "A B",
      referrer: null,
      time: Date.parse("2026-11-10T08:01:00Z"),
    });
    expect(parse("w3c", fields, other, "200 /a GET 203.0.113.7 -")).toMatchObject({ ...view, agent: null });
    expect(parse("w3c", fields, "#Date: 2026", "200 /a GET 203.0.113.7 -")).toBeNull();
    expect(parse("w3c", fields, "2026-11-10 08:01:00 203.0.113.7 GET /a 200 A+B")).toBeNull();
    expect(namedFormat("w3c").open()(fields)).toBe(DIRECTIVE);
  });

  it("reads CloudFront's tabs and encodings", () => {
    const cloudFront =
      "#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(Referer) cs(User-Agent) x-forwarded-for";
    const line =
      "2026-11-10\t08:01:00\t203.0.113.7\tGET\t/a\t200\t-\tMozilla/5.0%2520(X11;%20Linux%20x86_64)%20Firefox/132.0\t-";
    expect(parse("w3c", "#Version: 1.0", cloudFront, line)).toMatchObject({ ...view, forwarded: "" });
  });
});

describe("parseTime", () => {
  it.each([
    ["10/Nov/2026:08:01:00 +0000", "2026-11-10T08:01:00Z"],
    ["[10/Nov/2026:08:01:00 -0330]", "2026-11-10T11:31:00Z"],
    // The hour that clocks show twice is told apart by its offset.
    ["25/Oct/2026:02:30:00 +0200", "2026-10-25T00:30:00Z"],
    ["25/Oct/2026:02:30:00 +0100", "2026-10-25T01:30:00Z"],
    ["2026-11-10 08:01:00", "2026-11-10T08:01:00Z"],
    ["2026-11-10T08:01:00.5+0100", "2026-11-10T07:01:00.5Z"],
    ["1794297660", "2026-11-10T08:01:00Z"],
    ["1794297660.000", "2026-11-10T08:01:00Z"],
    ["1794297660000", "2026-11-10T08:01:00Z"],
    ["1794297660000000000", "2026-11-10T08:01:00Z"],
  ])("reads %s", (text, iso) => {
    expect(parseTime(text)).toBe(Date.parse(iso));
  });

  it.each(["", "-", "10/Xyz/2026:08:01:00 +0000", "yesterday", "2026-13-41 08:01:00"])(
    "does not read %s",
    (text) => {
      expect(parseTime(text)).toBeNull();
    },
  );
});

describe("recognise", () => {
  it.each([
    ["prose", ["this is not a log", "nor is this"], "combined", false],
    ["JSON that is no access log", ['{"level":"info"}', '{"level":"warn"}'], "json", false],
    ["directives only", ["#Version: 1.0", "#Fields: c-ip"], "w3c", true],
    ["nothing", [], "combined", true],
    ["one line of three", ["x", `${head} "-" "${agent}"`, "y"], "combined", false],
    ["two lines of three", [`${head} "-" "a"`, `${head} "-" "${agent}"`, "y"], "combined", true],
  ])("judges %s", (_what, lines, name, recognised) => {
    const found = recognise(lines);
    expect(found.format.name).toBe(name);
    expect(isRecognised(found)).toBe(recognised);
  });
});
