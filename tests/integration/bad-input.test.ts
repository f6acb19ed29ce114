import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import { shardOf, shardTag } from "../../app/tracker/shard";
import { planWindow } from "../../app/tracker/window";
import { type RawAnswer, type RawRequest, rawHttp } from "../support/raw-http";
import { countsOf } from "../support/readers";
import { scratchDirectory } from "../support/runtime";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { anonymous, createStory, viewOf } from "../support/views";
import { type Log, needBuild, startWeb, type WebProcess } from "../support/web-process";

const AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const window = planWindow(24, 6);
/** More than this file keeps in memory, and less than any of its floods would add if it were kept. */
const MOST_GROWTH_MB = 120;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: Awaited<ReturnType<typeof connectTestRedis>>["redis"];
/** Behind no proxy, and behind one. */
let web: WebProcess;
let behindProxy: WebProcess;
const scratch = scratchDirectory("bad-input");
let readers = 0;

beforeAll(async () => {
  await needBuild();
  database = await createTestDatabase();
  const shared = await connectTestRedis(6);
  redis = shared.redis;
  await createStory(database.pool, "open", 2);
  await createStory(database.pool, "draft", 1);
  await database.pool.query(`UPDATE "Story" SET status = 'DRAFT' WHERE slug = 'draft'`);
  await database.pool.query(`UPDATE "Chapter" SET status = 'DRAFT' WHERE number = 2`);
  const settings = {
    DATABASE_URL: database.url,
    REDIS_URL: shared.url,
    JOURNAL_DIR: scratch.dir,
    // Everything here comes from one address.
    VIEW_LIMIT_BURST: "100000",
  };
  [web, behindProxy] = await Promise.all([
    startWeb({ ...settings, TRUST_PROXY: "0" }),
    startWeb({ ...settings, TRUST_PROXY: "1" }),
  ]);
}, 120_000);
afterAll(async () => {
  await Promise.all([web?.stop(), behindProxy?.stop()]);
  redis?.disconnect();
  await database?.drop();
  scratch.remove();
});

/**
 * The two adapters of one action: the view endpoint, and the route's action, which is reached by a path that the view endpoint
 * does not match and React Router does, because it ignores case.
 */
const adapters = {
  "the view endpoint": (path: string) => `/story/${path}`,
  "the route's action": (path: string) =>
    `/STORY/${path}${path.includes("?") ? "&" : "?"}_data=${encodeURIComponent(
      path.includes("/chapter/") ? "routes/story.$slug_.chapter.$number" : "routes/story.$slug",
    )}`,
};
const eachAdapter = Object.entries(adapters);

/** A unique user agent, so that every view is a new reader's. */
const newAgent = () => `${AGENT} Reader/${readers++}`;
const send = (request: RawRequest, to: WebProcess = web) => rawHttp(to.port, request);
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const outcomeOf = (answer: RawAnswer) => answer.headers.get("x-tidemark-outcome");

/** Every answer must be a clear refusal or state the view's outcome, whatever the input. */
function expectClear(answer: RawAnswer, what: string) {
  expect(answer.status, what).toBeLessThan(500);
  if (answer.status < 400) expect(outcomeOf(answer), what).toMatch(/^[a-z-]+$/);
  expect([...answer.headers.keys()], what).not.toContain("x-injected");
}

async function viewsOf(slug: string) {
  const { rows } = await database.pool.query(`SELECT id FROM "Story" WHERE slug = $1`, [slug]);
  const id = rows[0].id as number;
  return Number((await redis.hget(`${shardTag(shardOf(id))}:pending`, `s${id}`)) ?? 0);
}

const memoryMb = ({ pid }: WebProcess) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

/** Runs at most `width` at a time. */
async function inParallel<T>(items: Iterable<T>, width: number, work: (item: T) => Promise<unknown>) {
  const iterator = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

describe.each(eachAdapter)("%s", (_name, addressOf) => {
  const view = (path: string, more: Partial<RawRequest> = {}) =>
    send({
      target: addressOf(path),
      body: json({ referrer: "" }),
      headers: [["User-Agent", newAgent()]],
      ...more,
    });

  it("counts a view, and reports that", async () => {
    const answer = await view("open");
    expect([answer.status, outcomeOf(answer)]).toEqual([200, "counted"]);
    expect(outcomeOf(await view("open/chapter/1"))).toBe("counted");
  });

  it.each([
    "no-such-story",
    "draft",
    "draft/chapter/1",
    "open/chapter/2",
    "open/chapter/3",
    "open/chapter/0",
    "open/chapter/-1",
    "open/chapter/1e0",
    "open/chapter/01",
    "open/chapter/99999999",
    "open/chapter/1%00",
    "open%00",
    "%00",
    "%",
    "%E0%A4%A",
    "%ff",
    "open%2Fchapter%2F1",
    "..%2f..%2fetc%2fpasswd",
    "constructor",
    "__proto__",
    "'%20OR%201=1--",
    "a".repeat(300),
    "a".repeat(5000),
    "\xff\xfe",
  ])("does not know %j, and counts nothing", async (path) => {
    const before = await viewsOf("open");
    const answer = await view(path);
    expectClear(answer, path);
    expect([400, 404]).toContain(answer.status);
    expect(await viewsOf("open")).toBe(before);
  });

  it("does not reveal that a draft exists", async () => {
    const [draft, nothing] = await Promise.all([view("draft"), view("nothing")]);
    expect([draft.status, draft.body, outcomeOf(draft)]).toEqual([
      nothing.status,
      nothing.body,
      outcomeOf(nothing),
    ]);
  });

  it.each(["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "CONNECT"])(
    "refuses %s",
    async (method) => {
      const before = await viewsOf("open");
      // CONNECT does not request a path: Node closes such a connection.
      const answer = await view("open", { method }).catch((error: Error) => error);
      if (method === "CONNECT") expect(answer).toBeInstanceOf(Error);
      else expect((answer as RawAnswer).status).toSatisfy((status: number) => status >= 400 && status < 500);
      expect(await viewsOf("open")).toBe(before);
    },
  );

  it("counts nothing for a GET or HEAD", async () => {
    const before = await viewsOf("open");
    for (const method of ["GET", "HEAD"])
      expect((await view("open", { method, body: undefined })).status).toBe(200);
    expect(await viewsOf("open")).toBe(before);
  });

  const bodies: [string, Uint8Array][] = [
    ["nothing", Buffer.alloc(0)],
    ["text", Buffer.from("hello")],
    ["invalid UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x80, 0x22, 0x7d])],
    ["NULs", Buffer.alloc(1000)],
    ["a NUL in the referrer", json({ referrer: "https://a.example/\0" })],
    ["deep JSON", Buffer.from("[".repeat(4000))],
    ["deep valid JSON", Buffer.from(`${"[".repeat(2000)}${"]".repeat(2000)}`)],
    ["another shape", json({ referrer: { toString: 1 } })],
    ["null", Buffer.from("null")],
    ["a prototype", Buffer.from('{"__proto__":{"referrer":"https://a.example"}}')],
    ["a long referrer", json({ referrer: `https://a.example/${"x".repeat(3900)}` })],
    ["a long host", json({ referrer: `https://${"x".repeat(250)}.example/` })],
    ["a script as the referrer", json({ referrer: "javascript:alert(1)" })],
    ["a referrer with line breaks", json({ referrer: "https://a.example\r\nX-Injected: 1" })],
    ["half a surrogate pair", Buffer.from('{"referrer":"https://\\ud800.example/"}')],
  ];
  it.each(bodies)("counts a view whose body is not a beacon's: %s", async (_what, body) => {
    const answer = await view("open", { body });
    expectClear(answer, "body");
    expect(outcomeOf(answer)).toBe("counted");
  });

  it.each([
    [4097, false],
    [4097, true],
    [200_000, false],
    [200_000, true],
    [6_000_000, false],
    [6_000_000, true],
  ])("refuses a body of %d bytes (in chunks: %s) with an answer that arrives", async (length, chunked) => {
    const before = await viewsOf("open");
    const answer = await view("open", { body: Buffer.alloc(length, "x"), chunked });
    expect([answer.status, outcomeOf(answer)]).toEqual([413, "refused"]);
    expect(await viewsOf("open")).toBe(before);
  });

  it.each([
    ["multipart/form-data"],
    ["multipart/form-data; boundary=x"],
    ["application/x-www-form-urlencoded"],
    ["text/html; charset=nonsense"],
    ["\x01\x02"],
    ["x".repeat(8000)],
  ])("accepts any content type: %j", async (type) => {
    const answer = await view("open", {
      headers: [
        ["User-Agent", newAgent()],
        ["Content-Type", type],
      ],
    });
    expectClear(answer, type);
  });

  it("refuses endless headers, and accepts many short ones", async () => {
    const flood = Array.from({ length: 1500 }, (_, i): [string, string] => [`x${i}`, "1"]);
    expectClear(await view("open", { headers: [["User-Agent", newAgent()], ...flood] }), "1,500 headers");
    const tooMuch: [string, string][] = [["X-Flood", "x".repeat(40_000)]];
    expect((await view("open", { headers: tooMuch })).status).toBe(431);
  });

  it("reports why a view with no user agent, or one of ten kilobytes, is counted or not", async () => {
    expect(outcomeOf(await view("open", { headers: [] }))).toBe("no-user-agent");
    expect(outcomeOf(await view("open", { headers: [["User-Agent", ""]] }))).toBe("no-user-agent");
    const long = `${newAgent()} ${"x".repeat(10_000)}`;
    expect(outcomeOf(await view("open", { headers: [["User-Agent", long]] }))).toBe("counted");
    expect(outcomeOf(await view("open", { headers: [["User-Agent", `curl/8 ${"x".repeat(10_000)}`]] }))).toBe(
      "robot",
    );
  });

  it("refuses requests that another site sent, according to the browser", async () => {
    for (const [name, value] of [
      ["Sec-Fetch-Site", "cross-site"],
      ["Origin", "https://evil.example"],
      ["Origin", "null"],
      ["Origin", "\x80nonsense"],
    ] as const) {
      const answer = await view("open", {
        headers: [
          ["User-Agent", newAgent()],
          [name, value],
        ],
      });
      expect(answer.status, `${name}: ${value}`).toBe(403);
    }
  });

  it("never turns part of a path, a body or a header into a response header", async () => {
    for (const path of ["open%0d%0aX-Injected:%201", "open?%0d%0aX-Injected:1"])
      expectClear(await view(path), path);
    const [first] = (await view("open", { headers: [["User-Agent", `${newAgent()}\r\nX-Injected: 1`]] }))
      .headers;
    expect(first).toBeDefined();
  });

  it("gives a clear answer to any input (fuzz)", async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "open",
        "draft",
        "%00",
        "%",
        "%2e%2e",
        "%0d%0a",
        "..",
        "\xa0",
        "chapter",
        "1",
        "%ED%A0%80",
      ),
      fc.string({ maxLength: 40 }).map((text) => encodeURIComponent(text)),
      fc.string({
        maxLength: 12,
        unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)),
      }),
    );
    const value = fc.oneof(
      fc.string({
        maxLength: 60,
        unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
      }),
      fc.constantFrom(
        "null",
        "1",
        "prefetch",
        "::1",
        "a, b,, c",
        "x".repeat(3000),
        "__tidemark=%00; __tidemark=e30=.x",
      ),
    );
    const name = fc.constantFrom(
      "User-Agent",
      "Cookie",
      "Referer",
      "X-Forwarded-For",
      "Forwarded",
      "Content-Type",
      "Content-Encoding",
      "Origin",
      "Sec-Purpose",
      "DNT",
      "Sec-GPC",
      "X-Tidemark-At",
      "Accept-Language",
      "Expect",
      "Upgrade",
      "Range",
      "If-None-Match",
      "X-HTTP-Method-Override",
      "Host",
      "Purpose",
    );
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 5000 }),
      fc.json().map((text) => Buffer.from(text)),
      fc.anything().map((referrer) => json({ referrer: String(JSON.stringify(referrer)) })),
      fc.webUrl().map((referrer) => json({ referrer })),
    );
    const request = fc.record({
      path: fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join("/")),
      method: fc.constantFrom("POST", "POST", "POST", "PUT", "DELETE", "OPTIONS"),
      headers: fc.array(fc.tuple(name, value), { maxLength: 6 }),
      body,
      chunked: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 8, maxLength: 8 }), async (requests) => {
        await Promise.all(
          requests.map(async ({ path, ...rest }) => {
            const answer = await view(path, rest);
            const what = `${rest.method} ${path} ${JSON.stringify(rest.headers)}: ${answer.body}`.slice(
              0,
              1000,
            );
            expect(answer.status, what).toBeLessThan(500);
            if (rest.method === "POST" && answer.status < 400)
              expect(outcomeOf(answer), path).toMatch(/^[a-z-]+$/);
          }),
        );
      }),
      { numRuns: 60, seed: 3, endOnFailure: true },
    );
  });
});

describe("the identity of a reader", () => {
  const view = (to: WebProcess, forwarded: string, agent: string) =>
    send(
      {
        target: adapters["the view endpoint"]("open"),
        headers: [
          ["User-Agent", agent],
          ["X-Forwarded-For", forwarded],
        ],
      },
      to,
    ).then(outcomeOf);

  it("is not changed by forwarding headers where no proxy is trusted", async () => {
    const agent = newAgent();
    expect(await view(web, "203.0.113.1", agent)).toBe("counted");
    for (const spoofed of ["203.0.113.2", "2001:db8::2", "nonsense", "203.0.113.3, 203.0.113.4", "127.0.0.1"])
      expect(await view(web, spoofed, agent), spoofed).toBe("duplicate");
    for (const name of ["Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP"]) {
      const answer = await send({
        target: adapters["the view endpoint"]("open"),
        headers: [
          ["User-Agent", agent],
          [name, "for=203.0.113.9"],
        ],
      });
      expect(outcomeOf(answer), name).toBe("duplicate");
    }
  });

  it("depends on the last hop only behind one proxy", async () => {
    const agent = newAgent();
    expect(await view(behindProxy, "203.0.113.1", agent)).toBe("counted");
    for (const spoofed of [
      "198.51.100.1, 203.0.113.1",
      "nonsense, 203.0.113.1",
      ", , 203.0.113.1",
      "203.0.113.7,203.0.113.1",
    ])
      expect(await view(behindProxy, spoofed, agent), spoofed).toBe("duplicate");
    expect(await view(behindProxy, "203.0.113.2", agent)).toBe("counted");
    // Some proxies write the port, which changes with every connection.
    for (const withPort of ["203.0.113.1:50001", "203.0.113.1:50002"])
      expect(await view(behindProxy, withPort, agent), withPort).toBe("duplicate");
    expect(await view(behindProxy, "2001:db8::7", agent)).toBe("counted");
    for (const withPort of ["[2001:db8::7]:50001", "[2001:db8::7]"])
      expect(await view(behindProxy, withPort, agent), withPort).toBe("duplicate");
  });

  it("is the same for an IPv4 address that is written as IPv6, and for a whole /64", async () => {
    const agent = newAgent();
    expect(await view(behindProxy, "203.0.113.5", agent)).toBe("counted");
    for (const spelling of ["::ffff:203.0.113.5", "::FFFF:CB00:7105", "[::ffff:203.0.113.5]:443"])
      expect(await view(behindProxy, spelling, agent), spelling).toBe("duplicate");
    expect(await view(behindProxy, "2001:db8:7:7::1", agent)).toBe("counted");
    for (const tomorrow of ["2001:db8:7:7:a:b:c:d", "2001:DB8:7:7:0:0:0:2", "[2001:db8:7:7::3]:443"])
      expect(await view(behindProxy, tomorrow, agent), tomorrow).toBe("duplicate");
    expect(await view(behindProxy, "2001:db8:7:8::1", agent)).toBe("counted");
  });

  it("is the same through both adapters", async () => {
    const agent = newAgent();
    const at = (path: string) =>
      send(
        {
          target: path,
          headers: [
            ["User-Agent", agent],
            ["X-Forwarded-For", "198.51.100.1, 203.0.113.1"],
          ],
        },
        behindProxy,
      );
    expect(outcomeOf(await at(adapters["the view endpoint"]("open")))).toBe("counted");
    expect(outcomeOf(await at(adapters["the route's action"]("open")))).toBe("duplicate");
  });
});

describe("a flood of referrers", () => {
  /** 20,000 stand for a million: the bound does not depend on how many there are. */
  const REFERRERS = 20_000;
  const flood = async (
    slug: string,
    referrers: number,
    record: (views: ReturnType<typeof viewOf>[]) => Promise<unknown>,
  ) => {
    const { story } = await createStory(database.pool, slug);
    for (let from = 0; from < referrers; from += 500) {
      const views = Array.from({ length: 500 }, (_, i) => ({
        ...viewOf([story], anonymous(`referrer:${from + i}`)),
        referrer: `host-${from + i}.example`,
      }));
      await record(views);
    }
    return story;
  };

  it("leaves a hundred hosts per story and hour in Redis, and one for all others", async () => {
    const inRedis = createRedisViews(redis, window);
    const story = await flood("flood-redis", REFERRERS, (views) => inRedis.record(views));
    const shard = shardOf(story.id);
    const { buffers } = await inRedis.readShard(shard);
    const counts = await Promise.all(buffers.map(({ birth }) => countsOf(inRedis, shard, birth)));
    // The test may run across the end of an hour: each hour has its own hundred.
    for (const each of counts) {
      const hosts = [...each.keys()].filter((field) => field.startsWith(`r:${story.id}:`));
      expect(hosts.length).toBeLessThanOrEqual(101);
    }
    const total = counts.flatMap((each) => [...each].filter(([field]) => field.startsWith(`r:${story.id}:`)));
    expect(total.reduce((sum, [, views]) => sum + views, 0)).toBe(REFERRERS);
    const others = total
      .filter(([field]) => field === `r:${story.id}:other`)
      .reduce((sum, [, views]) => sum + views, 0);
    expect(others).toBeGreaterThanOrEqual(REFERRERS - 200);
  });

  it("leaves a bounded number of rows in the history of the fallback", async () => {
    const inPostgres = createDatabaseViews(database.pool, window);
    const story = await flood("flood-database", 5000, (views) => inPostgres.record(views));
    const { rows } = await database.pool.query(
      `SELECT count(DISTINCT value)::int AS hosts, sum(views)::int AS views FROM "ViewDetailHour"
       WHERE "storyId" = $1 AND dimension = 'referrer'`,
      [story.id],
    );
    expect(rows[0].views).toBe(5000);
    expect(rows[0].hosts).toBeLessThanOrEqual(201);
  });
});

describe("a process after all of this", () => {
  it("keeps no floods in memory", async () => {
    const junk = () => "x".repeat(6000);
    const flood = function* (count: number): Generator<RawRequest> {
      for (let i = 0; i < count; i += 1) {
        const addressOf = i % 10 === 0 ? adapters["the route's action"] : adapters["the view endpoint"];
        const headers: [string, string][] = [
          ["User-Agent", `${newAgent()} ${junk()}`],
          ["Cookie", `__tidemark=${i}; junk=${junk()}`],
        ];
        if (i % 50 === 0)
          yield { target: addressOf("open"), headers, body: Buffer.alloc(4_000_000, "x"), chunked: true };
        else if (i % 2 === 0) yield { target: addressOf(`made-up-${i}`), headers };
        else
          yield {
            target: addressOf("open"),
            headers,
            body: json({ referrer: `https://r${i}.example/${junk().slice(0, 3000)}` }),
          };
      }
    };
    // The first flood fills what is filled only once (pools, caches, the heap's first growth).
    await inParallel(flood(1000), 16, (request) => send(request));
    const before = memoryMb(web);
    await inParallel(flood(4000), 16, (request) => send(request));
    expect(memoryMb(web) - before).toBeLessThan(MOST_GROWTH_MB);
  });

  it("is alive, counts, and has logged no failure", async () => {
    for (const process of [web, behindProxy]) {
      const answer = await send({ target: "/story/open", headers: [["User-Agent", newAgent()]] }, process);
      expect(outcomeOf(answer)).toBe("counted");
      // Remix logs its own refusals (no such page, no action there) as errors, but they are answers.
      const refusal = (log: Log) =>
        /^No routes matched/.test(log.msg) ||
        (log.msg === "a page failed" && /"status":4\d\d/.test(JSON.stringify(log)));
      expect(process.logs.filter((log) => log.level >= 50 && !refusal(log))).toEqual([]);
    }
  });
});
