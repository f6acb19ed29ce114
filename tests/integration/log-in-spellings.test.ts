import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RawAnswer, rawHttp } from "../support/raw-http";
import { scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { needBuild, startWeb, type WebProcess } from "../support/web-process";

const scratch = scratchDirectory("log-in-spellings");
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let web: WebProcess;
let sent = 0;

beforeAll(async () => {
  await needBuild();
  database = await createTestDatabase();
  web = await startWeb({
    DATABASE_URL: database.url,
    JOURNAL_DIR: scratch.dir,
    VIEW_TRACKING_REDIS_ENABLED: "false",
    TRUST_PROXY: "1",
    VIEW_DATABASE_TIMEOUT_MS: "10000",
  });
}, 120_000);
afterAll(async () => {
  await web?.stop();
  await database?.drop();
  scratch.remove();
});

/** Sends a wrong password, each for another account, to this spelling of a path. */
function guess(target: string, address: string, host?: string): Promise<RawAnswer> {
  sent += 1;
  return rawHttp(web.port, {
    target,
    headers: [
      ["X-Forwarded-For", address],
      ["Content-Type", "application/x-www-form-urlencoded"],
      ...(host === undefined ? [] : ([["Host", host]] as [string, string][])),
    ],
    body: Buffer.from(`email=stranger${sent}%40example.test&password=wrong`),
  });
}

/** How many tries were counted for all addresses and accounts. */
const counted = async () =>
  Number(
    (await database.pool.query(`SELECT coalesce(sum(tries), 0) AS tries FROM "LogInTry"`)).rows[0].tries,
  );

/** Whether the log-in answered: it says that a password is wrong, or lets someone in. */
const reached = ({ status, headers, body }: RawAnswer) =>
  status === 401 ||
  (headers.get("set-cookie") ?? "").includes("__tidemark=") ||
  body.includes("do not match");

/** Ways to write the log-in's path that a router may understand, by the review and by hand. */
const SPELLINGS = [
  "/login",
  "/LOGIN",
  "/%6cogin",
  "/login/",
  "//login",
  "/login;x",
  "/x/../login",
  "/./login",
  "/%2e/login",
  "/x/%2e%2e/login",
  "/login/.",
  "/login/x/..",
  "/story/../login",
  "/.%2e/login",
  "/login?_data=routes%2Flogin",
  "/login?index",
  "\\login",
  "/\\login",
  "/login#x",
  "/login%00",
  "/lo%67in",
];

describe("a password that reaches the log-in", () => {
  it("is counted and limited, however its path is spelled", async () => {
    let reachedIt = 0;
    for (const [n, spelling] of SPELLINGS.entries()) {
      const before = await counted();
      const answer = await guess(spelling, `198.51.100.${n + 1}`);
      // Once for its address and once for its account.
      expect((await counted()) - before, spelling).toBe(reached(answer) ? 2 : 0);
      if (reached(answer)) reachedIt += 1;
    }
    expect(reachedIt, "the log-in is reached at all").toBeGreaterThan(1);
  });

  it("is counted when the Host header begins the path", async () => {
    for (const [n, host] of ["x/login?", "x/login#", "x/login/", "login"].entries()) {
      const before = await counted();
      const answer = await guess("/whatever", `198.51.101.${n + 1}`, host);
      expect((await counted()) - before, host).toBe(reached(answer) ? 2 : 0);
    }
  });

  it("is counted at any path that is made of the parts of such spellings", async () => {
    const part = fc.constantFrom(
      "login",
      "LOGIN",
      "%6cogin",
      ".",
      "..",
      "%2e",
      "%2E%2e",
      "x",
      "",
      "story",
      ";",
      "login.data",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 5 }), fc.nat(250), async (parts, n) => {
        const before = await counted();
        const answer = await guess(`/${parts.join("/")}`, `203.0.${n}.${(sent % 250) + 1}`);
        expect((await counted()) - before).toBe(reached(answer) ? 2 : 0);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it("is refused with 429 from the eleventh on, by all spellings together", async () => {
    const open = SPELLINGS.filter((spelling) => !spelling.startsWith("\\"));
    const answers: RawAnswer[] = [];
    for (let n = 0; n < 3; n += 1)
      for (const spelling of open) answers.push(await guess(spelling, "192.0.2.77"));
    expect(answers.filter(reached)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(5);
    expect(refused[0]?.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(refused[0]?.body).toContain("Too many attempts");
  });
});
