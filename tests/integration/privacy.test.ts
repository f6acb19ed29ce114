import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSalts } from "../../app/stores/postgres/salts";
import { offer, type Viewer } from "../../app/tracker/viewer";
import { dayOf } from "../../app/tracker/window";
import { startHousekeeping } from "../../worker/housekeeping";
import { found, type Traces, tracesOf } from "../support/address-traces";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy";
import { until } from "../support/until";
import { createStory } from "../support/views";
import { needBuild, startWeb, startWorker, type WebProcess } from "../support/web-process";

const ADDRESSES = ["203.0.113.77", "2001:db8:85a3::8a2e:370:7334"];
/** What of them tells readers apart. */
const BLOCKS = ["2001:db8:85a3::"];
const AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 Fingerprintable/7";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
const scratch = scratchDirectory("privacy");

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database?.drop();
  scratch.remove();
});

describe("an address at rest", () => {
  let redis: OwnRedis;
  let toPostgres: TcpProxy;
  let web: WebProcess;
  let worker: Awaited<ReturnType<typeof startWorker>>;
  const journal = path.join(scratch.dir, "journal");
  const traces: Traces = new Map([
    ...[...ADDRESSES, ...BLOCKS].flatMap((address) => [...tracesOf(address, AGENT)]),
    ["the user agent", Buffer.from("Fingerprintable")],
  ]);

  beforeAll(async () => {
    await needBuild();
    redis = await startOwnRedis();
    await createStory(database.pool, "open", 1);
    const url = new URL(database.url);
    toPostgres = await startTcpProxy(Number(url.port));
    url.port = String(toPostgres.port);
    const settings = {
      REDIS_URL: redis.url,
      JOURNAL_DIR: journal,
      LOG_LEVEL: "debug",
      TRUST_PROXY: "1",
      VIEW_RECONCILE_INTERVAL_SECONDS: "1",
    };
    [web, worker] = await Promise.all([
      startWeb({ ...settings, DATABASE_URL: url.href }),
      startWorker({ ...settings, DATABASE_URL: database.url }),
    ]);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([web?.stop(), worker?.stop()]);
    await toPostgres?.stop();
    await redis?.remove();
  });

  const filesIn = (dir: string): string[] =>
    readdirSync(dir).flatMap((name) => {
      const file = path.join(dir, name);
      return statSync(file).isDirectory() ? filesIn(file) : [file];
    });

  /** Everything that outlives the processes: Redis's files, every row of every table, the journal and all logs. */
  async function everythingAtRest() {
    const { rows: tables } = await database.pool.query<{ name: string }>(
      `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    const places = new Map<string, Buffer>();
    for (const { name } of tables) {
      // As plain text and as JSON, which escapes differently; bytea is hex in both.
      const { rows } = await database.pool.query(
        `SELECT t::text AS row, row_to_json(t)::text AS json FROM ${name} t`,
      );
      places.set(`table ${name}`, Buffer.from(rows.map((each) => `${each.row}\n${each.json}`).join("\n")));
    }
    for (const file of [...filesIn(redis.dir), ...filesIn(journal)]) places.set(file, readFileSync(file));
    for (const { logs } of [web, worker])
      places.set(`log ${logs[0]?.source}`, Buffer.from(logs.map((log) => JSON.stringify(log)).join("\n")));
    return places;
  }

  async function expectNothing() {
    const places = await everythingAtRest();
    const seen = [...places].flatMap(([place, content]) =>
      found(traces, content).map((trace) => `${place}: ${trace}`),
    );
    expect(seen).toEqual([]);
    return places;
  }

  /** Visits a story and a chapter from every address, with the address in the referrer, and in every invalid way. */
  async function visit() {
    const outcomes: (string | null)[] = [];
    const post = async (to: string, address: string, body: string, more: Record<string, string> = {}) => {
      const headers = { "User-Agent": AGENT, "X-Forwarded-For": address, ...more };
      const answer = await fetch(web.origin + to, { method: "POST", headers, body });
      await answer.text();
      return answer.headers.get("x-tidemark-outcome");
    };
    for (const address of ADDRESSES) {
      const host = address.includes(":") ? `[${address}]` : address;
      const referred = JSON.stringify({ referrer: `http://${host}:8080/home` });
      outcomes.push(await post("/story/open/chapter/1", address, referred));
      await post("/story/open", `198.51.100.9, ${address}`, referred);
      await post("/story/open", address, `${address}\0{`, {
        "Content-Type": address,
        Cookie: `__tidemark=${address}`,
      });
      await post("/story/open", address, address.repeat(1000));
      await post(`/story/${encodeURIComponent(address)}`, address, "");
      await post("/story/open%00", address, "");
      await post("/STORY/open?_data=routes%2Fstory.%24slug", address, referred);
      await post("/story/open", address, referred, { "Sec-Purpose": "prefetch" });
      await post("/story/open", address, referred, { "User-Agent": "curl/8" });
      await fetch(`${web.origin}/story/open`, {
        headers: { "User-Agent": AGENT, "X-Forwarded-For": address },
      });
    }
    return outcomes;
  }

  it("would be found in any encoding", () => {
    for (const [name, trace] of traces) {
      const haystack = Buffer.concat([Buffer.from("before "), trace, Buffer.from(" after")]);
      expect(found(traces, haystack), name).toContain(name);
      expect(trace.length, name).toBeGreaterThanOrEqual(4);
    }
    expect(found(traces, Buffer.from("an address of another reader: 198.51.100.9"))).toEqual([]);
  });

  it("is not in any file, row or log, whatever path the views took", async () => {
    await until("counting in Redis", async () => (await visit()).every((outcome) => outcome === "duplicate"));
    await redis.ask(async (client) => {
      // Compressed strings cannot be searched.
      await client.config("SET", "rdbcompression", "no");
      await client.save();
    });
    const inRedis = await expectNothing();
    const aof = [...inRedis].find(([place]) => place.endsWith(".incr.aof"));
    expect(aof?.[1].includes(":hour:"), "the searched files contain the views").toBe(true);

    await redis.stop();
    await until("counting in Postgres", async () =>
      (await visit()).every((outcome) => outcome === "duplicate"),
    );
    const inPostgres = await expectNothing();
    expect(inPostgres.get(`table "StoryView"`)?.length).toBeGreaterThan(0);

    toPostgres.fail({ kind: "refusing" });
    await until("the journal", async () => (await visit()).every((outcome) => outcome === "journalled"));
    const inJournal = await expectNothing();
    expect([...inJournal].some(([place, content]) => place.startsWith(journal) && content.length > 0)).toBe(
      true,
    );

    toPostgres.heal();
    await redis.start();
    await until("all at rest again", async () => {
      const { rows } = await database.pool.query(
        `SELECT (SELECT count(*) FROM "StoryView" WHERE "reconciledAt" IS NULL)
           + (SELECT count(*) FROM "ChapterView" WHERE "reconciledAt" IS NULL) AS unreconciled`,
      );
      return readdirSync(journal).length === 0 && Number(rows[0].unreconciled) === 0;
    });
    await expectNothing();
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS kept FROM "StoryView" WHERE "otherKeys" IS NOT NULL OR "viewerBefore" IS NOT NULL OR "viewerAfter" IS NOT NULL`,
    );
    expect(rows[0].kept, "keys of neighbouring days are gone once they are not needed").toBe(0);
  });

  it("is not logged by a log-in either, when the proxy sends it with a port", async () => {
    for (const address of ADDRESSES) {
      const forwarded = `${address.includes(":") ? `[${address}]` : address}:54321`;
      const headers = {
        "User-Agent": AGENT,
        "X-Forwarded-For": forwarded,
        "Content-Type": "application/x-www-form-urlencoded",
      };
      await fetch(`${web.origin}/login`, {
        method: "POST",
        headers,
        body: "email=a%40b.example&password=wrong",
      });
    }
    // After one more answer, all earlier log lines have arrived.
    await fetch(`${web.origin}/healthz`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await expectNothing();
  });
});

describe("a viewer's key", () => {
  const story = { kind: "story" as const, id: 7, storyId: 7 };
  const chapter = { kind: "chapter" as const, id: 7, storyId: 7 };
  const reader: Viewer = { address: ADDRESSES[0] as string, userAgent: AGENT };
  const salts = new Map<number, Buffer>();
  const saltOf = (day: number) => salts.get(day) ?? Buffer.alloc(32, day);
  const keyOf = (target: typeof story | typeof chapter, viewer: Viewer, day = 1) =>
    offer(target, viewer, saltOf).key(day);

  it("is meaningless without the salt of its day", () => {
    expect(keyOf(story, reader)).toBe(keyOf(story, reader));
    const keys = new Set(Array.from({ length: 50 }, (_, day) => keyOf(story, reader, day)));
    expect(keys.size, "a different key every day").toBe(50);
    expect(keyOf(story, reader)).toMatch(/^[\w-]{8}$/);
    const before = keyOf(story, reader);
    salts.set(1, Buffer.alloc(32, "another salt"));
    expect(keyOf(story, reader)).not.toBe(before);
    salts.clear();
  });

  it("cannot be joined across targets into one reader's history", () => {
    const targets = Array.from({ length: 200 }, (_, id) => ({ ...story, id }));
    expect(new Set(targets.map((target) => keyOf(target, reader))).size).toBe(200);
    expect(keyOf(story, reader), "a story and a chapter with the same id").not.toBe(
      keyOf(chapter as never, reader),
    );
  });

  it("differs by address and by user agent, even if both joined give the same text", () => {
    const keys = [
      { address: "10.0.0.1", userAgent: "1" },
      { address: "10.0.0.11", userAgent: "" },
      { address: "10.0.0.1", userAgent: "2" },
      { address: "10.0.0.2", userAgent: "1" },
    ].map((viewer) => keyOf(story, viewer));
    expect(new Set(keys).size).toBe(4);
  });

  it("is the user id for a signed-in reader, without an address and the same every day", () => {
    const keys = [1, 2, 3].map((day) => keyOf(story, { userId: 42 }, day));
    expect(keys).toEqual(["s7.u42", "s7.u42", "s7.u42"]);
  });
});

describe("salts", () => {
  it("are 32 random bytes per day, the same for all processes, and deleted when no window needs them", async () => {
    const today = dayOf(Date.now());
    const old = createSalts(database.pool, { daysBefore: 1 });
    await old.ready(today - 4);
    const runtime = await createTestRuntime({
      DATABASE_URL: database.url,
      JOURNAL_DIR: path.join(scratch.dir, "salts"),
    });
    const kept = async () =>
      (await database.pool.query<{ day: number; salt: Buffer }>(`SELECT day, salt FROM "Salt" ORDER BY day`))
        .rows;
    expect((await kept()).map(({ day }) => day)).toEqual(
      expect.arrayContaining([today - 5, today - 4, today - 3]),
    );
    await database.pool.query(`UPDATE "Salt" SET "createdAt" = now() - interval '3 days' WHERE day < $1`, [
      today - 1,
    ]);
    const stop = startHousekeeping(runtime);
    try {
      await until("the old ones are deleted", async () =>
        (await kept()).every(({ day }) => day >= today - 1),
      );
      const rows = await kept();
      expect(rows.map(({ day }) => day)).toEqual(expect.arrayContaining([today - 1, today, today + 1]));
      expect(rows.every(({ salt }) => salt.length === 32)).toBe(true);
      expect(new Set(rows.map(({ salt }) => salt.toString("hex"))).size).toBe(rows.length);
      const another = createSalts(database.pool, { daysBefore: 1 });
      await another.ready(today);
      expect(another.of(today)).toEqual(runtime.salts.of(today));
    } finally {
      await stop();
      await runtime.close();
    }
  });

  it("are deleted by Postgres's clock, never by that of a process, and never when young", async () => {
    const today = dayOf(Date.now());
    await database.pool.query(`DELETE FROM "Salt"`);
    const salts = createSalts(database.pool, { daysBefore: 1 });
    // A machine that starts three days ahead, before its clock is set.
    await salts.ready(today + 3);
    await salts.ready(today - 6);
    const days = async () =>
      (await database.pool.query<{ day: number }>(`SELECT day FROM "Salt" ORDER BY day`)).rows.map(
        ({ day }) => day,
      );
    const before = await days();
    // It has the salts of Postgres's day too, with which the database counts.
    expect(before).toEqual(expect.arrayContaining([today - 1, today, today + 1, today + 3]));
    expect(salts.of(today)).toHaveLength(32);
    expect(await salts.forget(1), "young salts").toBe(0);
    await database.pool.query(`UPDATE "Salt" SET "createdAt" = now() - interval '3 days'`);
    await salts.forget(7);
    expect(await days(), "a window of a week").toEqual(before);
    await salts.forget(1);
    expect(await days()).toEqual(before.filter((day) => day >= today - 1));
  });
});
