import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../scripts/services/free-port";
import { stopProcess } from "../../scripts/services/process";
import { spawnReaped } from "../../scripts/services/reaper";
import { AGENT } from "../support/readers";
import { scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { createStory } from "../support/views";
import { needBuild, startWeb, type WebProcess } from "../support/web-process";

const SITE = "http://stories.example";
const isInstalled = spawnSync("nginx", ["-v"]).error === undefined;

/** Started by root, nginx works as another user, who may not write into the test's folder. */
const userOfWorkers = process.getuid?.() === 0 ? "user root root;" : "";

/** The configuration in the README, without TLS and with the ports of this test. */
function readmeConfig(listen: number, web: number) {
  const block = /```nginx\n([\s\S]*?)```/.exec(readFileSync("README.md", "utf8"))?.[1] ?? "";
  return block
    .replace("listen 443 ssl;", `listen 127.0.0.1:${listen};`)
    .replace(/^\s*ssl_.*$/gm, "")
    .replaceAll("127.0.0.1:3000", `127.0.0.1:${web}`);
}
/** A proxy that sends a Host of its own and knows nothing of our headers, as `proxy_pass` alone does. */
const bareConfig = (listen: number, web: number) =>
  `server { listen 127.0.0.1:${listen}; location / { proxy_pass http://127.0.0.1:${web}; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } }`;

describe.skipIf(!isInstalled)("behind a real nginx (skipped where nginx is not installed)", () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let web: WebProcess;
  let misconfigured: WebProcess;
  let readme: number;
  let bare: number;
  let toMisconfigured: number;
  const scratch = scratchDirectory("nginx");
  const ends: (() => Promise<void>)[] = [];

  async function startNginx(config: string, port: number) {
    const dir = path.join(scratch.dir, String(port));
    mkdirSync(dir);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (kind) => `${kind}_temp_path ${dir}/${kind};`,
    );
    writeFileSync(
      path.join(dir, "nginx.conf"),
      `daemon off; ${userOfWorkers} worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log;
       events {} http { access_log off; ${temporary.join(" ")} ${config} }`,
    );
    const child = spawnReaped(
      "nginx",
      ["-p", dir, "-c", path.join(dir, "nginx.conf"), "-e", path.join(dir, "error.log")],
      {
        endWith: "SIGTERM",
        outputs: ["ignore", "ignore"],
      },
    );
    ends.push(() => stopProcess(child.pid as number, "SIGTERM", 5000));
    await until("nginx answers", async () => (await ask(port, "/healthz").catch(() => null))?.status === 200);
  }

  beforeAll(async () => {
    await needBuild();
    database = await createTestDatabase();
    await createStory(database.pool, "open", 1);
    const settings = {
      DATABASE_URL: database.url,
      VIEW_TRACKING_REDIS_ENABLED: "false",
      JOURNAL_DIR: path.join(scratch.dir, "journal"),
      PUBLIC_URL: SITE,
    };
    [web, misconfigured] = await Promise.all([
      startWeb({ ...settings, TRUST_PROXY: "1" }),
      startWeb({ ...settings, TRUST_PROXY: "0" }),
    ]);
    [readme, bare, toMisconfigured] = await Promise.all([freePort(), freePort(), freePort()]);
    await startNginx(readmeConfig(readme, web.port), readme);
    await startNginx(bareConfig(bare, web.port), bare);
    await startNginx(readmeConfig(toMisconfigured, misconfigured.port), toMisconfigured);
  }, 120_000);
  afterAll(async () => {
    for (const end of ends) await end();
    await Promise.all([web?.stop(), misconfigured?.stop()]);
    await database?.drop();
    scratch.remove();
  });

  interface Answer {
    status: number;
    headers: http.IncomingHttpHeaders;
    body: string;
  }
  /** A request to nginx, from any of this machine's loopback addresses: each is another reader's. */
  function ask(
    port: number,
    target: string,
    {
      from = "127.0.0.1",
      body,
      headers = {},
    }: { from?: string; body?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = http.request(
        {
          host: "127.0.0.1",
          port,
          path: target,
          localAddress: from,
          method: body === undefined ? "GET" : "POST",
          headers: {
            Host: "stories.example",
            "User-Agent": AGENT,
            "Content-Type": "application/x-www-form-urlencoded",
            ...(body === undefined ? {} : { "Content-Length": String(body.length) }),
            ...headers,
          },
          agent: false,
        },
        async (response) => {
          let text = "";
          for await (const piece of response) text += piece;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  }
  const view = async (port: number, from: string, headers: Record<string, string> = {}) =>
    (await ask(port, "/story/open", { from, headers, body: "{}" })).headers["x-tidemark-outcome"];

  it("views count with the reader's address, and a forged X-Forwarded-For changes nothing", async () => {
    expect(await view(readme, "127.0.0.2")).toBe("counted");
    expect(await view(readme, "127.0.0.3")).toBe("counted");
    expect(await view(readme, "127.0.0.2")).toBe("duplicate");
    for (const forged of ["203.0.113.9", "203.0.113.9, 127.0.0.3", "127.0.0.1", "nonsense"])
      for (const name of ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
        expect(await view(readme, "127.0.0.2", { [name]: forged }), `${name}: ${forged}`).toBe("duplicate");
  });

  it("forms and views of PUBLIC_URL's pages are taken, also when nginx sends its own Host", async () => {
    const form = "email=nobody%40example.org&password=guess";
    for (const port of [readme, bare])
      for (const [origin, status] of [
        [SITE, 401],
        ["http://evil.example", 403],
      ] as const) {
        const answer = await ask(port, "/login", { body: form, headers: { Origin: origin } });
        expect(answer.status, `${origin} through ${port === bare ? "a bare proxy" : "the README's"}`).toBe(
          status,
        );
      }
    expect((await ask(bare, "/story/open")).body).toContain(`href="${SITE}/story/open"`);
  });

  it("no host of a client's gets into a page or past the check", async () => {
    expect((await ask(readme, "/", { headers: { Host: "evil.example" } })).status).toBe(400);
    const { status, body } = await ask(readme, "/sitemap.xml", {
      headers: { "X-Forwarded-Host": "evil.example:81" },
    });
    expect(status).toBe(200);
    expect(body).not.toMatch(/evil|:81/);
  });

  it("spellings and bodies that are refused are refused through nginx, too", async () => {
    for (const target of ["/x/../login", "/%2e/login", "/story/%2e%2e/login"])
      expect((await ask(readme, target, { body: "email=a&password=b" })).status, target).toBe(400);
    expect((await ask(readme, "/login", { body: "x".repeat(500_000) })).status).toBe(413);
  });

  it("one request can be followed through both logs", async () => {
    expect((await ask(readme, "/")).headers["x-request-id"]).toMatch(/^[0-9a-f]{32}$/);
  });

  it("TRUST_PROXY is said to fit where it does, and not to where it is 0", async () => {
    const warnings = async (port: number) =>
      JSON.parse((await ask(port, "/readyz")).body).warnings as string[];
    for (let i = 0; i < 5; i += 1) await Promise.all([ask(readme, "/"), ask(toMisconfigured, "/")]);
    expect(await warnings(readme)).toEqual([]);
    expect(await warnings(toMisconfigured)).toEqual([expect.stringContaining("TRUST_PROXY is 0")]);
  });
});
