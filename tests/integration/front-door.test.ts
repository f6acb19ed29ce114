import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RawRequest, rawHttp } from "../support/raw-http";
import { AGENT } from "../support/readers";
import { scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { OTHER_PATHS, siteRoutes } from "../support/site-routes";
import { createStory } from "../support/views";
import { needBuild, startWeb, type WebProcess } from "../support/web-process";

/** Bodies that were kept would add some hundred megabytes. */
const MOST_GROWTH_MB = 120;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
/** Behind no proxy, as `npm start` runs it; and behind one that sends a `Host` of its own. */
let web: WebProcess;
let behindProxy: WebProcess;
const scratch = scratchDirectory("front-door");

beforeAll(async () => {
  await needBuild();
  database = await createTestDatabase();
  await createStory(database.pool, "open", 1);
  const settings = {
    DATABASE_URL: database.url,
    VIEW_TRACKING_REDIS_ENABLED: "false",
    JOURNAL_DIR: scratch.dir,
  };
  [web, behindProxy] = await Promise.all([
    startWeb(settings),
    startWeb({ ...settings, TRUST_PROXY: "1", PUBLIC_URL: "https://stories.example" }),
  ]);
}, 120_000);
afterAll(async () => {
  await Promise.all([web?.stop(), behindProxy?.stop()]);
  await database?.drop();
  scratch.remove();
});

const send = (request: RawRequest, to = web) => rawHttp(to.port, request);
const get = (target: string, headers: [string, string][] = [], to = web) =>
  send({ method: "GET", target, headers }, to);
const FORM: [string, string] = ["Content-Type", "application/x-www-form-urlencoded"];
const guess = Buffer.from("email=ops%40tidemark.example&password=guess");

describe("a path", () => {
  it.each([
    "/x/../login",
    "/./login",
    "/%2e/login",
    "/x/%2e%2e/login",
    "/login/.",
    "/login/x/..",
    "/story/../login",
    "/.%2e/login",
    "/x\\..\\login",
    "//login",
    "/%ff",
    "/story/%zz",
    "http://evil.example/login",
  ])("spelled %s is refused before anything reads it", async (target) => {
    for (const method of ["GET", "POST"]) {
      const answer = await send({
        method,
        target,
        headers: [FORM],
        body: method === "POST" ? guess : undefined,
      });
      expect([answer.status, answer.headers.get("x-content-type-options")], method).toEqual([400, "nosniff"]);
      expect(answer.body, method).toContain("canonical");
      expect(answer.headers.get("x-request-id"), method).toMatch(/^[\w-]{8,64}$/);
    }
  });

  it("in its own spelling reaches the log-in, and each wrong password is answered as one", async () => {
    for (const target of ["/login", "/LOGIN", "/%6cogin", "/login?next=/x/../admin"])
      expect((await send({ target, headers: [FORM], body: guess })).status, target).toBe(401);
  });
});

describe("a Host header", () => {
  it.each(["x/login?", "x/login#", "a@b", "a b", "evil.example", "stories.example", "192.168.1.5"])(
    "that does not name this site is refused: %s",
    async (host) => {
      for (const target of ["/", "/story/open", "/whatever", "/favicon.svg"])
        expect((await send({ target, headers: [["Host", host], FORM], body: guess })).status, target).toBe(
          400,
        );
    },
  );

  it("of a container or a balancer's check is taken at the endpoints for programs only", async () => {
    for (const target of ["/healthz", "/readyz"]) {
      expect((await get(target, [["Host", "web:3000"]])).status, target).toBe(200);
      expect((await get(target, [["Host", "a@b"]])).status, target).toBe(400);
    }
    expect((await get("/metrics", [["Host", "web:3000"]])).status, "closed, but there").toBe(404);
  });

  it("of PUBLIC_URL and of loopback names are this site's", async () => {
    for (const host of ["stories.example", "localhost:8080", "127.0.0.1", "[::1]:3000"])
      expect((await get("/", [["Host", host]], behindProxy)).status, host).toBe(200);
    expect((await get("/", [["Host", "other.example"]], behindProxy)).status).toBe(400);
  });

  it("that is foreign is named in the log, so that a wrong PUBLIC_URL is found", async () => {
    expect(web.logs.filter((log) => log.host !== undefined && /another host/.test(log.msg))).toHaveLength(1);
  });
});

describe("behind a proxy that sends a Host of its own", () => {
  const post = (target: string, headers: [string, string][]) =>
    send(
      { target, headers: [["Host", "127.0.0.1:3000"], ["User-Agent", AGENT], ...headers], body: guess },
      behindProxy,
    );

  it("forms and views of PUBLIC_URL's pages work, and those of other sites do not", async () => {
    for (const target of ["/login", "/story/open"]) {
      expect((await post(target, [FORM, ["Origin", "https://stories.example"]])).status, target).toBe(
        target === "/login" ? 401 : 200,
      );
      expect((await post(target, [FORM, ["Origin", "https://evil.example"]])).status, target).toBe(403);
    }
  });

  it("X-Forwarded-Host is believed only from a trusted proxy and only if it names this site", async () => {
    for (const host of ["evil.example", "a@b", "x/login?", "x:1:2"])
      expect((await get("/", [["X-Forwarded-Host", host]], behindProxy)).status, host).toBe(200);
    const { body } = await get("/sitemap.xml", [["X-Forwarded-Host", "evil.example:9"]]);
    expect(body).toContain("http://127.0.0.1/story/open");
    expect(body).not.toContain("evil");
    expect(body).not.toContain(":9/");
  });

  it("pages name PUBLIC_URL as their canonical address, and none without PUBLIC_URL", async () => {
    expect((await get("/story/open", [], behindProxy)).body).toContain(
      'href="https://stories.example/story/open"',
    );
    const { body } = await get("/story/open");
    expect(body).not.toContain('rel="canonical"');
    expect(body).not.toContain("og:url");
  });

  it("takes a request id over from a trusted proxy, and from nobody else", async () => {
    const id: [string, string] = ["X-Request-Id", "chosen-by-me"];
    for (const target of ["/", "/story/open", "/healthz"]) {
      expect((await get(target, [id], behindProxy)).headers.get("x-request-id"), target).toBe("chosen-by-me");
      expect((await get(target, [id])).headers.get("x-request-id"), target).not.toBe("chosen-by-me");
    }
  });

  it("notices that TRUST_PROXY is 0, and says so in the log once and in /readyz", async () => {
    const readiness = async () => JSON.parse((await get("/readyz")).body.replace(/^[^{]*|[^}]*$/g, ""));
    expect((await readiness()).warnings).toEqual([]);
    for (let i = 0; i < 300; i += 1) await get("/favicon.svg", [["X-Forwarded-For", "203.0.113.1"]]);
    expect(await readiness()).toMatchObject({
      ready: true,
      warnings: [expect.stringMatching(/TRUST_PROXY is 0/)],
    });
    expect(web.logs.filter((log) => /TRUST_PROXY is 0/.test(log.msg))).toHaveLength(1);
  });
});

describe("a body of 1 MB", () => {
  const memoryMb = ({ pid }: WebProcess) =>
    Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
  const targets = [
    ...siteRoutes({ slug: "open", number: "1", file: "sync-runs.csv" }).flatMap(({ id, path }) => [
      path,
      `${path}?_data=${encodeURIComponent(id)}`,
    ]),
    ...OTHER_PATHS,
    "/STORY/open",
    "/LOGIN",
    "/%6cogin",
    "/no-such-page",
  ];

  it("is refused at every address, with every method, and never kept", async () => {
    expect(targets.length).toBeGreaterThan(50);
    const body = Buffer.alloc(1_000_000, "x");
    const before = memoryMb(web);
    for (const target of targets)
      for (const method of ["POST", "PUT", "PATCH", "DELETE", "GET"])
        for (const chunked of [false, true]) {
          const answer = await send({ method, target, headers: [FORM], body, chunked });
          expect([413, 405], `${method} ${target}, in chunks: ${chunked}`).toContain(answer.status);
        }
    expect(memoryMb(web) - before).toBeLessThan(MOST_GROWTH_MB);
  }, 120_000);

  it("is not sent back: neither is a long e-mail address", async () => {
    const email = `${"x".repeat(15_000)}@example.org`;
    const answer = await send({
      target: "/login",
      headers: [FORM],
      body: Buffer.from(`email=${email}&password=x`),
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain("longer than any e-mail address");
    expect(answer.body).not.toContain("x".repeat(255));
  });
});

describe("connections", () => {
  it("are cut off when a request does not arrive, and outlast those that proxies keep", async () => {
    const { TIMEOUTS } = await import("../../server/serve");
    expect(TIMEOUTS.headersTimeout).toBeLessThan(TIMEOUTS.requestTimeout);
    expect(
      TIMEOUTS.keepAliveTimeout,
      "longer than nginx (75 s at most by default) and Caddy (120 s)",
    ).toBeGreaterThan(120_000);
  });
});

describe("the log after all of this", () => {
  it("has JSON lines only, and no failure", () => {
    // A line that is not JSON has level 60 here.
    const refusal = (text: string) => /No routes matched|"status":4\d\d/.test(text);
    expect(web.logs.filter((log) => log.level >= 50 && !refusal(JSON.stringify(log)))).toEqual([]);
  });
});
