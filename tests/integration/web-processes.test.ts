import { readdirSync } from "node:fs";
import { Agent, request } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDrill } from "../../app/alerts/drills/start-drill";
import type { Runtime } from "../../app/runtime/create-runtime";
import { isAlive, sendSignal, sleep, withChildren } from "../../scripts/services/process";
import { quiesce, sumsOf } from "../support/readers";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { createStory } from "../support/views";
import { needBuild, startWeb, type WebProcess } from "../support/web-process";

const ACTOR = { id: null, email: "ops@example.test" };
const TOKEN = "a token of the tests";
const AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const scratch = scratchDirectory("web-processes");
const journals = path.join(scratch.dir, "shared");
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let disconnect: () => void;
/** The primary and its two web processes. */
let web: WebProcess;
/** In this process: it takes no view, but can sync. */
let runtime: Runtime;

beforeAll(async () => {
  await needBuild();
  database = await createTestDatabase();
  const { redis, url } = await connectTestRedis(13);
  disconnect = () => redis.disconnect();
  for (const slug of ["steady", "killed", "stopped"]) await createStory(database.pool, slug);
  const settings = { DATABASE_URL: database.url, REDIS_URL: url };
  web = await startWeb({
    ...settings,
    WEB_CONCURRENCY: "2",
    JOURNAL_DIR: journals,
    METRICS_TOKEN: TOKEN,
    TRUST_PROXY: "1",
    VIEW_REDIS_TIMEOUT_MS: "1000",
  });
  runtime = await createTestRuntime({ ...settings, JOURNAL_DIR: path.join(scratch.dir, "ours") });
  // A connection stays with the process that accepted it, so readers must not connect before both do.
  await until(
    "both processes listen",
    () => web.logs.filter(({ msg }) => msg === "the site is up").length === 2,
  );
}, 120_000);
afterAll(async () => {
  await web?.stop();
  await runtime?.close();
  disconnect?.();
  await database?.drop();
  scratch.remove();
});

/** The names under which web processes report their settings, without ours. */
async function processes(): Promise<string[]> {
  const states = await database.db.processState.findMany({ where: { role: "web" } });
  return states.map(({ process }) => process).filter((name) => name !== runtime.process);
}

const pidOf = (name: string | undefined) => Number(name?.split("-").at(-1));

const ANSWER_TIMEOUT_MS = 5000;

/** Sends a request over a connection of its own: the primary hands connections to its processes in turn. */
function send(
  method: string,
  target: string,
  headers: Record<string, string>,
  body = "",
  agent: Agent | false = false,
) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const sent = request(`${web.origin}${target}`, { method, headers, agent }, (response) => {
      let text = "";
      response.on("data", (part) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    sent.on("error", reject);
    sent.setTimeout(ANSWER_TIMEOUT_MS, () => sent.destroy(new Error("no answer")));
    sent.end(body);
  });
}

let strangers = 0;
const logIn = (address: string) =>
  send(
    "POST",
    "/login",
    { "content-type": "application/x-www-form-urlencoded", "x-forwarded-for": address, origin: web.origin },
    // Each for another account, which has a limit of its own.
    `email=stranger${++strangers}%40example.test&password=wrong`,
  );

const scrape = async () => (await send("GET", "/metrics", { authorization: `Bearer ${TOKEN}` })).body;

/**
 * Four lanes of readers who each open the story once, and send their view again when it is not answered, as a reloaded page does.
 * Once the readers are told to stop, a view that was not answered is given up.
 */
function keepReading(slug: string, prefix: string) {
  const tally = { answered: 0, repeated: 0, givenUp: 0 };
  let stopped = false;
  const read = async (lane: number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let n = 0; !stopped; n += 1) {
      const headers = {
        "user-agent": AGENT,
        "x-forwarded-for": `${prefix}:${lane.toString(16)}:${n.toString(16)}::1`,
        "content-type": "application/json",
      };
      const post = () => send("POST", `/story/${slug}`, headers, '{"referrer":""}', agent).catch(() => null);
      let answer = await post();
      for (; answer === null && !stopped; answer = await post()) {
        tally.repeated += 1;
        await sleep(20);
      }
      if (answer === null) tally.givenUp += 1;
      else if (answer.status === 200) tally.answered += 1;
      else throw new Error(`a view was answered with ${answer.status}: ${answer.body}`);
      // Not as fast as possible: a process that starts needs a core, too.
      await sleep(5);
    }
    agent.destroy();
  };
  const lanes = Promise.all(Array.from({ length: 4 }, (_, lane) => read(lane)));
  return {
    tally,
    async stop() {
      stopped = true;
      await lanes;
      return tally.answered;
    },
  };
}

async function countOf(slug: string) {
  if (!runtime.redisViews) throw new Error("no Redis");
  await quiesce(database.pool, runtime.redisViews);
  const { readCount, history } = await sumsOf(database.pool, slug);
  expect(history).toBe(readCount);
  return readCount;
}

describe("two web processes behind one port", () => {
  it("report the metrics of both at every scrape, and those of the site once", async () => {
    const reading = keepReading("steady", "2001:db8");
    await until("both have counted", async () => {
      const counted = [
        ...(await scrape()).matchAll(/^tidemark_views_total\{path="redis",process="(\d)"\} (\d+)$/gm),
      ];
      return counted.length === 2 && counted.every(([, , views]) => Number(views) > 0);
    });
    const views = await reading.stop();
    const text = await scrape();
    const counted = [...text.matchAll(/^tidemark_views_total\{path="redis",process="\d"\} (\d+)$/gm)];
    expect(counted.reduce((sum, [, each]) => sum + Number(each), 0)).toBe(views);
    expect(text).toMatch(/^tidemark_web_processes 2$/m);
    expect(text.match(/^tidemark_buffered_views \d+$/gm)).toHaveLength(1);
    expect(text.match(/^tidemark_nodejs_version_info\{.*\} 1$/gm)).toHaveLength(2);
    expect(await countOf("steady")).toBe(views);
  });

  it("share the limit on wrong passwords", async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 12; n += 1) statuses.push((await logIn("198.51.100.7")).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    expect((await logIn("198.51.100.8")).status).toBe(401);
    const { rows } = await database.pool.query(`SELECT t::text, encode(who, 'escape') FROM "LogInTry" t`);
    expect(rows, "two addresses and eleven accounts").toHaveLength(13);
    expect(JSON.stringify(rows)).not.toContain("198.51.100");
  });

  it("both follow a drill and a changed setting", async () => {
    await until(
      "both report where they count",
      async () =>
        (await database.db.sample.groupBy({ by: ["process"], where: { mode: "redis" } })).length >= 2,
      25_000,
    );
    const id = await startDrill(database.db, ACTOR, 5);
    await until("both take part", async () => {
      const taking = await database.db.drillProcess.findMany({ where: { drillId: id } });
      return (await processes()).every((name) => taking.some(({ process }) => process === name));
    });
    await runtime.settings.change(ACTOR, "sync", (sync) => ({ ...sync, intervalHours: 7 }), {
      action: "sync.interval",
      reason: "a test",
    });
    await until("both follow", async () => {
      const states = await database.db.processState.findMany({ where: { role: "web" } });
      return states.every(({ settings }) => JSON.stringify(settings).includes('"intervalHours":7'));
    });
    await until("both have recovered", async () => {
      const taking = await database.db.drillProcess.findMany({ where: { drillId: id } });
      return taking.every(({ recoveredAt }) => recoveredAt !== null);
    });
  }, 60_000);

  it("lose and double nothing when one is killed while views arrive, and another takes its place", async () => {
    const before = await processes();
    const reading = keepReading("killed", "2001:db9");
    await until("views arrive", () => reading.tally.answered > 200);
    sendSignal(pidOf(before[0]), "SIGKILL");
    await until(
      "another reports",
      async () => (await processes()).some((name) => !before.includes(name)),
      45_000,
    );
    const then = reading.tally.answered;
    await until("more views arrive", () => reading.tally.answered > then + 200);
    const views = await reading.stop();
    expect(reading.tally).toMatchObject({ givenUp: 0, repeated: expect.toSatisfy((n) => n > 0) });
    expect(await countOf("killed")).toBe(views);
    const lines = web.logs.filter(({ msg }) => /^web process \d ended of SIGKILL; another starts/.test(msg));
    expect(lines).toHaveLength(1);
    expect(await scrape()).toMatch(/^tidemark_web_processes 2$/m);
  }, 90_000);

  it("finish what is in flight at a stop, and close their journals", async () => {
    const children = withChildren(web.pid).slice(1);
    expect(children).toHaveLength(2);
    const reading = keepReading("stopped", "2001:dba");
    await until("views arrive", () => reading.tally.answered > 200);
    await web.stop();
    const answered = await reading.stop();
    expect(children.filter(isAlive)).toEqual([]);
    const counted = await countOf("stopped");
    expect(counted).toBeGreaterThanOrEqual(answered);
    // A view that was given up may have been counted.
    expect(counted).toBeLessThanOrEqual(answered + reading.tally.givenUp);
    expect(readdirSync(journals)).toEqual([]);
    expect(web.logs.some(({ msg }) => msg.includes("killed"))).toBe(false);
  });
});
