import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { AppLoadContext } from "@remix-run/node";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChannelKind } from "../../app/alerts/channel-kinds/all-kinds";
import { createNotification } from "../../app/alerts/notification";
import { hashPassword } from "../../app/auth/passwords";
import { erasePerson, planErasure } from "../../app/auth/personal-data/erase-person";
import { exportPerson } from "../../app/auth/personal-data/export-person";
import type { PersonalStores } from "../../app/auth/personal-data/stores";
import { writeAudit } from "../../app/platform/audit";
import type { Runtime } from "../../app/runtime/create-runtime";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { signIn } from "../support/sign-in";
import { createStory, recordAll, viewOf } from "../support/views";

const run = promisify(execFile);
const SECRET = "only for tests, as it is written here";
const PASSWORD = "a password of the tests";
/** A number that stands nowhere by chance. */
const ID = 73_409_215;
const PERSON = { id: ID, email: "nia.okafor@example.test", name: "Nia Okafor (night)", role: "OPS" as const };
const TRACES = [String(ID), "okafor", "Okafor"];

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: OwnRedis;
let redis: Redis;
let runtime: Runtime;
let stores: PersonalStores;
const scratch = scratchDirectory("personal-data");
const settings = () => ({ DATABASE_URL: database.url, REDIS_URL: server.url, REDIS_PREFIX: "t:" });

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startOwnRedis();
  redis = new Redis(server.url);
  runtime = await createTestRuntime({ ...settings(), JOURNAL_DIR: scratch.dir });
  await runtime.warmUp();
  stores = { pool: runtime.pools.work, memory: runtime.readerMemory, queue: runtime.queue.queue() };
});
afterAll(async () => {
  await runtime?.close();
  redis?.disconnect();
  await server?.remove();
  await database?.drop();
  scratch.remove();
});

const OTHER_OPERATOR = { email: "ops@example.test", name: "Ops", role: "OPS" as const, passwordHash: "x" };
let serial = 0;
/** Postgres's code for it. */
const DEADLOCK = "40P01";
/** Empties what earlier tests filled. The runtime evaluates alert rules meanwhile, over the same tables: a deadlock is tried again. */
async function emptyTables(): Promise<void> {
  try {
    await database.pool.query(
      `TRUNCATE "StoryView", "ChapterView", "StoryWindow", "ChapterWindow", "GivenUpRows", "Drill", "SyncRun" CASCADE`,
    );
  } catch (error) {
    if ((error as { code?: string }).code !== DEADLOCK) throw error;
    await emptyTables();
  }
}

/** The person, having done everything that leaves a trace: read, written, edited, operated, in every store. */
async function leaveTraces() {
  const { db, pool } = database;
  await redis.flushdb();
  await emptyTables();
  await db.story.deleteMany({ where: { authorId: ID } });
  await db.user.deleteMany({ where: { OR: [{ id: ID }, { role: "OPS" }] } });
  // The last operator could not be erased.
  await db.user.create({ data: OTHER_OPERATOR });
  await db.user.create({ data: { ...PERSON, passwordHash: await hashPassword(PASSWORD) } });
  const { story, chapters } = await createStory(pool, `traces-${serial++}`, 1);
  const [chapter] = chapters;
  if (!chapter || !runtime.redisViews) throw new Error("a chapter and Redis");
  const view = viewOf([chapter, story], { userId: ID }, Date.now());
  await recordAll(runtime.redisViews, [view]);
  await recordAll(createDatabaseViews(pool, runtime.window), [view]);
  await pool.query(
    `INSERT INTO "StoryView" ("storyId", viewer, "viewedAt", counted) VALUES ($1, $2, now() - interval '400 days', true)`,
    [story.id, `s${story.id}.u${ID}`],
  );
  const by = `user ${ID}`;
  await db.readingPlace.create({ data: { userId: ID, storyId: story.id, chapterNumber: 1 } });
  await db.storyEditor.create({ data: { userId: ID, storyId: story.id } });
  await signIn(pool, PERSON.email, SECRET);
  await db.drill.create({
    data: { startedBy: by, abortedBy: PERSON.email, endsAt: new Date(Date.now() + 60_000) },
  });
  await db.modeChange.create({
    data: {
      at: new Date(),
      process: "web",
      role: "web",
      from: "redis",
      to: "database",
      reason: `drill 1: a rehearsed outage, started by ${by}`,
    },
  });
  await db.syncRun.createMany({
    data: [`run now by ${by}`, `run now by ${PERSON.name}`, `retry of run 1 by ${by}`].map((trigger) => ({
      trigger,
    })),
  });
  await db.setting.deleteMany();
  await db.setting.create({ data: { key: `made-up-${serial}`, value: {}, updatedBy: by } });
  const channel = await db.alertChannel.create({
    data: { name: "c", kind: "slack", url: "sealed:", host: "x.test", createdBy: by },
  });
  await db.delivery.create({
    data: {
      channelId: channel.id,
      event: "test",
      body: { message: `Sent by ${PERSON.email}. Nothing is wrong.` },
      nextAt: new Date(),
      givenUpBy: by,
    },
  });
  await db.delivery.create({
    data: {
      channelId: channel.id,
      event: "acknowledged",
      body: { lines: [`Acknowledged by ${PERSON.name}. It goes on firing until it resolves.`] },
      nextAt: new Date(),
      readBy: { create: { userId: ID, readAt: new Date() } },
    },
  });
  for (const kind of ["slack", "webhook", "inbox"])
    for (const people of [
      { by: PERSON.name, to: "Kim Night" },
      { by: "Kim Night", to: PERSON.name },
    ])
      await db.delivery.create({
        data: {
          ...{ channelId: channel.id, event: "handed-over", nextAt: new Date() },
          body: findChannelKind(kind)?.format(handedOver({ ...people, note: null })) as object,
        },
      });
  await db.driftExplanation.create({ data: { part: "redis-0", views: 1, reason: "x", explainedBy: by } });
  await writeAudit(db, PERSON, { action: "sync.run", target: "sync", reason: "because" });
  await stores.queue?.add("sync", { trigger: `run now by ${by}` });
  return { story, chapter };
}

const handedOver = (handOver: { by: string; to: string; note: string | null }) =>
  createNotification(
    "handed-over",
    { kind: "known-loss", title: "Redis lost views", runbook: "known-loss" },
    {
      ...{ id: 1, message: "4 views are lost.", value: 4, threshold: 1 },
      ...{ severity: "critical", firedAt: new Date(), resolvedAt: null },
    },
    { at: new Date(), publicUrl: "", handOver },
  );

/** Where a trace of the person is: rows, and keys or values in Redis. */
async function findTraces(): Promise<string[]> {
  const found: string[] = [];
  const look = (place: string, text: string) => {
    for (const trace of TRACES) if (text.includes(trace)) found.push(`${place}: ${trace}`);
  };
  const { rows: tables } = await database.pool.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'AuditEvent'`,
  );
  for (const { name } of tables) {
    const { rows } = await database.pool.query<{ row: string }>(
      `SELECT row_to_json(t)::text AS row FROM "${name}" t`,
    );
    look(name, rows.map(({ row }) => row).join("\n"));
  }
  for (const key of await redis.keys("*")) {
    look(key, key);
    const type = await redis.type(key);
    if (type === "hash") look(key, JSON.stringify(await redis.hgetall(key)));
    if (type === "list") look(key, (await redis.lrange(key, 0, -1)).join());
    if (type === "zset") look(key, (await redis.zrange(key, 0, "-1")).join());
    if (type === "string") look(key, (await redis.get(key)) ?? "");
    if (type === "stream") look(key, JSON.stringify(await redis.xrange(key, "-", "+")));
  }
  return found;
}

const readCounts = async () =>
  (
    await database.pool.query(
      `SELECT id, "readCount" FROM "Story" UNION ALL SELECT id, "readCount" FROM "Chapter"`,
    )
  ).rows;

describe("an erased account", () => {
  it("leaves no trace of its number, address or name in any table or Redis key, and every count as it was", async () => {
    const { story } = await leaveTraces();
    const places = (await findTraces()).map((found) => found.split(":")[0]);
    for (const table of [
      "User",
      "Session",
      "StoryView",
      "ChapterView",
      "StoryWindow",
      "ReadingPlace",
      "StoryEditor",
      "Drill",
      "SyncRun",
      "Delivery",
    ])
      expect(places, "the search finds what is there").toContain(table);
    expect((await findTraces()).some((found) => found.includes(":seen:"))).toBe(true);
    const plan = await planErasure(stores, ID);
    expect(plan).toMatchObject({
      sessions: 1,
      readingPlaces: 1,
      editing: 1,
      viewRows: 5,
      auditEvents: 1,
      stories: [],
    });
    expect(plan?.namedRows).toBeGreaterThanOrEqual(8);
    const counts = await readCounts();
    const unsynced = await runtime.redisViews?.unsynced();

    expect(await erasePerson(stores, ID, { reassignTo: null })).toMatchObject({ redisError: null });

    expect(await findTraces()).toEqual([]);
    expect(await readCounts()).toEqual(counts);
    expect(await runtime.redisViews?.unsynced()).toEqual(unsynced);
    const events = await database.db.auditEvent.findMany({ where: { actorId: ID } });
    expect(events).toMatchObject([{ actor: `user ${ID}` }]);
    expect(
      JSON.stringify(events, (_, value) => (typeof value === "bigint" ? String(value) : value)),
    ).not.toMatch(/kafor/);
    // The views had not been compared with Redis: that is on record.
    expect(await database.db.givenUpRows.findMany()).toMatchObject([{ views: 1 }, { views: 1 }]);
    const rows = await database.pool.query<{ viewer: string }>(
      `SELECT viewer FROM "StoryView" WHERE "storyId" = $1`,
      [story.id],
    );
    expect(new Set(rows.rows.map(({ viewer }) => viewer)).size, "and its rows cannot be joined").toBe(2);
  });

  it("does not take another one with it whose number begins alike", async () => {
    await leaveTraces();
    const other = ID * 10 + 1;
    await database.pool.query(`UPDATE "StoryView" SET viewer = $1 WHERE viewer LIKE '%.u' || $2::int`, [
      `s1.u${other}`,
      ID,
    ]);
    await database.db.syncRun.create({ data: { trigger: `run now by user ${other}` } });
    await erasePerson(stores, ID, { reassignTo: null });
    expect(
      await database.pool.query(`SELECT 1 FROM "StoryView" WHERE viewer = $1`, [`s1.u${other}`]),
    ).toMatchObject({ rowCount: 2 });
    expect(await database.db.syncRun.count({ where: { trigger: `run now by user ${other}` } })).toBe(1);
    await database.pool.query(`DELETE FROM "SyncRun" WHERE trigger LIKE $1`, [`%${other}`]);
  });

  it("gives its stories to another editor, or stays", async () => {
    const { story } = await leaveTraces();
    await database.db.story.update({ where: { id: story.id }, data: { authorId: ID } });
    const author = await database.db.user.findUniqueOrThrow({ where: { email: "author@example.test" } });
    await expect(erasePerson(stores, ID, { reassignTo: null })).rejects.toThrow(/author of stories/);
    await expect(erasePerson(stores, ID, { reassignTo: ID })).rejects.toThrow(
      /another account with the role EDITOR/,
    );
    expect(await database.db.user.count({ where: { id: ID } }), "nothing has happened").toBe(1);
    expect(await database.db.readingPlace.count({ where: { userId: ID } })).toBe(1);
    await erasePerson(stores, ID, { reassignTo: author.id });
    expect(await database.db.story.findUnique({ where: { id: story.id } })).toMatchObject({
      authorId: author.id,
    });
    expect(await findTraces()).toEqual([]);
  });

  it("is erased in Postgres although Redis does not answer, and the answer says so", async () => {
    await leaveTraces();
    const silent = {
      list: async () => [],
      forget: () => Promise.reject(new Error("no connection to Redis")),
    };
    const done = await erasePerson({ ...stores, memory: silent }, ID, { reassignTo: null });
    expect(done).toEqual({ forgottenInRedis: 0, redisError: "no connection to Redis" });
    expect(await database.db.user.count({ where: { id: ID } })).toBe(0);
    expect(await stores.memory?.list(ID), "until window and grace are over").toHaveLength(2);
  });
});

describe("a copy of a person's data", () => {
  it("has everything that refers to them, of every store, and nothing that opens their account", async () => {
    const { story, chapter } = await leaveTraces();
    await database.db.story.update({ where: { id: story.id }, data: { authorId: ID } });
    const data = JSON.parse(JSON.stringify(await exportPerson(stores, ID)));
    expect(data).toMatchObject({
      account: { id: ID, email: PERSON.email, name: PERSON.name, role: "OPS" },
      rows: {
        Session: [{ userId: ID }],
        ReadingPlace: [{ storyId: story.id, chapterNumber: 1 }],
        Story: [{ id: story.id }],
        StoryEditor: [{ storyId: story.id }],
        Chapter: [{ id: chapter.id, body: "Text" }],
      },
      operations: { "Drill.startedBy": [{}], "DriftExplanation.explainedBy": [{}] },
      audit: expect.arrayContaining([expect.objectContaining({ action: "sync.run", reason: "because" })]),
    });
    expect(data.views.countedInPostgres).toHaveLength(3);
    expect(data.views.windows).toHaveLength(2);
    expect(data.rememberedInRedis.map(({ target }: { target: string }) => target).sort()).toEqual(
      [`s${story.id}`, `c${chapter.id}`].sort(),
    );
    for (const { until } of data.rememberedInRedis) expect(Date.parse(until)).toBeGreaterThan(Date.now());
    const { passwordHash } = await database.db.user.findUniqueOrThrow({ where: { id: ID } });
    const session = await database.db.session.findFirstOrThrow({ where: { userId: ID } });
    for (const secret of [passwordHash, session.id]) expect(JSON.stringify(data)).not.toContain(secret);
    expect(await exportPerson(stores, ID + 1)).toBeNull();
    await database.db.story.delete({ where: { id: story.id } });
    await erasePerson(stores, ID, { reassignTo: null });
  });
});

describe("`npm run account`", () => {
  const account = (...args: string[]) =>
    run(process.execPath, ["--import", "tsx", "scripts/account.ts", ...args], {
      env: { NODE_ENV: "test", PATH: process.env.PATH, ...settings() },
      cwd: path.resolve(import.meta.dirname, "../.."),
    }).then(
      ({ stdout }) => ({ code: 0, text: stdout }),
      ({ code, stdout, stderr }) => ({ code, text: `${stdout}${stderr}` }),
    );

  it("disables an account and enables it again, with a reason, but not the last operator's", async () => {
    await leaveTraces();
    const read = () => database.db.user.findUniqueOrThrow({ where: { id: ID } });
    const disabled = await account("--disable", PERSON.email, "--reason", "left the house");
    expect(disabled.text).toMatch(/is disabled: 1 session ended/);
    expect((await read()).disabledAt).not.toBeNull();
    expect(await account("--disable", OTHER_OPERATOR.email)).toMatchObject({
      code: 1,
      text: expect.stringMatching(/Nothing was changed: This is the only operator/),
    });
    expect((await account("--enable", PERSON.email)).text).toMatch(/is enabled/);
    expect((await read()).disabledAt).toBeNull();
    expect(
      await database.db.auditEvent.findMany({
        where: { target: `user ${ID}` },
        orderBy: { id: "desc" },
        take: 2,
      }),
    ).toMatchObject([
      { actor: "the command line", action: "user.enable", reason: null },
      { actor: "the command line", action: "user.disable", reason: "left the house", after: { sessions: 1 } },
    ]);
  });

  it("exports, says what an erasure would do, and erases only with --yes", async () => {
    await leaveTraces();
    const exported = await account("--export", PERSON.email);
    expect(JSON.parse(exported.text)).toMatchObject({ account: { id: ID }, rememberedInRedis: [{}, {}] });
    const dry = await account("--erase", PERSON.email);
    expect(dry).toMatchObject({
      code: 0,
      text: expect.stringMatching(/1 reading place.*Nothing was changed\. Add --yes/s),
    });
    expect(await database.db.user.count({ where: { id: ID } })).toBe(1);
    const done = await account("--erase", PERSON.email, "--yes");
    expect(done.text).toMatch(new RegExp(`user ${ID} is erased.*Redis has forgotten 3 entries`, "s"));
    expect(await findTraces()).toEqual([]);
    expect(await account("--erase", PERSON.email)).toMatchObject({
      code: 1,
      text: expect.stringMatching(/no such account/),
    });
    expect(await database.db.auditEvent.findFirst({ orderBy: { id: "desc" } })).toMatchObject({
      actor: "the command line",
      action: "account.erase",
      target: `user ${ID}`,
    });
  }, 60_000);
});

describe("the account's own pages", () => {
  type Handler = (args: { request: Request; context: AppLoadContext; params: object }) => Promise<Response>;
  const routes = import.meta.glob<{ loader: Handler; action: Handler }>("../../app/routes/account*.{ts,tsx}");
  const call = async (
    file: string,
    method: "GET" | "POST",
    cookie: string,
    form?: Record<string, string>,
  ) => {
    const module = await routes[`../../app/routes/${file}`]?.();
    const request = new Request("http://site.test/account/delete", {
      method,
      headers: { Cookie: cookie },
      ...(form && { body: new URLSearchParams(form) }),
    });
    const context = { runtime, log: runtime.log, address: "203.0.113.9" } as AppLoadContext;
    const handler = method === "GET" ? module?.loader : module?.action;
    return handler?.({ request, context, params: {} }).catch((thrown: unknown) => thrown as Response);
  };

  it("give a person their data as a file", async () => {
    await leaveTraces();
    const answer = await call(
      "account.data[.]json.ts",
      "GET",
      await signIn(database.pool, PERSON.email, SECRET),
    );
    expect(answer?.headers.get("Content-Disposition")).toMatch(/^attachment/);
    expect(answer?.headers.get("Cache-Control")).toBe("private, no-store");
    expect(await answer?.json()).toMatchObject({ account: { email: PERSON.email } });
    await erasePerson(stores, ID, { reassignTo: null });
  });

  it("delete an account with its password and a confirmation, and with nothing less; the audit gets nothing", async () => {
    const { story } = await leaveTraces();
    const cookie = await signIn(database.pool, PERSON.email, SECRET);
    const attempt = (form: Record<string, string>) => call("account_.delete.tsx", "POST", cookie, form);
    const right = { password: PASSWORD, sure: "on" };
    await database.db.user.delete({ where: { email: OTHER_OPERATOR.email } });
    expect((await attempt({ ...right, password: "wrong" }))?.status).toBe(422);
    expect((await attempt({ password: PASSWORD }))?.status).toBe(422);
    expect((await attempt(right))?.status, "the only operator stays").toBe(409);
    await database.db.user.create({ data: OTHER_OPERATOR });
    await database.db.story.update({ where: { id: story.id }, data: { authorId: ID } });
    expect((await attempt(right))?.status, "and an author").toBe(409);
    await database.db.story.delete({ where: { id: story.id } });
    expect(await database.db.user.count({ where: { id: ID } })).toBe(1);

    const events = await database.db.auditEvent.count();
    const answer = await attempt(right);
    expect(answer?.status).toBe(303);
    expect(answer?.headers.get("Set-Cookie")).toMatch(/Expires=Thu, 01 Jan 1970/);
    expect(await findTraces()).toEqual([]);
    expect(await database.db.auditEvent.count()).toBe(events);
    expect(await runtime.sessions.userOf(cookie)).toBeNull();
  });
});
