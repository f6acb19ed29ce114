import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectCountingRedis } from "../../app/platform/redis";
import { withNumbers } from "../../app/platform/row-numbers";
import { createMarks } from "../../app/stores/postgres/marks";
import { createRedisViews, type RedisViews } from "../../app/stores/redis/redis-views";
import { recordLedger } from "../../app/telemetry/ledger/record-ledger";
import { type LedgerWatch, watchLedgers } from "../../app/telemetry/ledger/watch-ledgers";
import { syncBuffers } from "../../app/tracker/sync";
import type { PlacedTarget } from "../../app/tracker/view";
import { HOUR_MS, planWindow } from "../../app/tracker/window";
import { scratchFolder } from "../../scripts/services/reaper";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { anonymous, createStory, viewOf } from "../support/views";

const window = planWindow(24, 6);
/** A copy of the file has everything that was acknowledged; otherwise Redis may still hold back the last second. */
const ALWAYS = ["--appendfsync", "always"];
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: OwnRedis;
let web: WebProcess;
let story: PlacedTarget;
let readers = 0;

/** A web process's memory and connections, as far as they concern Redis. */
interface WebProcess {
  redis: Redis;
  views: RedisViews;
  watch: LedgerWatch;
}

function startWebProcess(): WebProcess {
  const ignore = () => undefined;
  const redis = connectCountingRedis(server.url, ignore);
  const views = createRedisViews(redis, window, {
    onLedger: (answer) => watch.noteAnswer(answer),
    onTaught: (...answer) => watch.noteTaught(...answer),
  });
  const watch = watchLedgers(database.pool, views.renewLedger, ignore);
  return { redis, views, watch };
}

beforeAll(async () => {
  server = await startOwnRedis();
  await server.stop();
  await server.start(ALWAYS);
});
beforeEach(async () => {
  await server.ask((redis) => redis.flushall());
  database = await createTestDatabase();
  ({ story } = await createStory(database.pool, "lives"));
  web = startWebProcess();
  await connected();
});
afterEach(async () => {
  web.redis.disconnect();
  await database.drop();
});
afterAll(() => server.remove());

const connected = () => until("the connection", () => web.redis.status === "ready");

/** Views of this many new readers. */
async function read(times: number, at?: number) {
  const views = Array.from({ length: times }, () => viewOf([story], anonymous(readers++), at));
  const results = await web.views.record(views);
  await web.watch.flush();
  return results;
}

async function sync() {
  const failed = (await syncBuffers(web.views, createMarks(database.pool))).find(({ error }) => error);
  expect(failed?.error).toBeUndefined();
  const ledger = await recordLedger(database.pool, web.views, window);
  const { rows } = await database.pool.query(`SELECT "readCount"::int AS reads FROM "Story" WHERE id = $1`, [
    story.id,
  ]);
  return { ...ledger, reads: rows[0].reads };
}

const losses = async () => withNumbers(await database.db.knownLoss.findMany({ orderBy: { id: "asc" } }));

/** Copies the server's file; the copy can take its place any number of times. */
function backUp() {
  const copy = path.join(scratchFolder("copy"), "data");
  cpSync(server.dir, copy, { recursive: true });
  return () => {
    rmSync(server.dir, { recursive: true, force: true });
    cpSync(copy, server.dir, { recursive: true });
  };
}

/** Restarts the server, after `replace` has changed its data, and, if asked, the web process, which then remembers nothing. */
async function restart(replace: () => void, webToo: boolean) {
  await server.stop();
  replace();
  await server.start(ALWAYS);
  if (webToo) {
    web.redis.disconnect();
    web = startWebProcess();
  }
  await connected();
}

const nothing = () => undefined;
const everything = () => rmSync(server.dir, { recursive: true, force: true });

describe("a Redis that begins another life", () => {
  it("has lost nothing when it restarts with all of its data", async () => {
    await read(5);
    await restart(nothing, true);
    await read(3);
    expect(await sync()).toMatchObject({ reads: 8, accepted: 8, synced: 8, knownLost: 0, drift: 0 });
    expect(await losses()).toEqual([]);
    const { buffers } = await web.views.readShard(story.id % 4);
    expect(new Set(buffers.map(({ ledger }) => ledger)).size).toBe(2);
  });

  it("has lost nothing when answers after a reconnection are looked at out of their order", async () => {
    await restart(nothing, true);
    // Redis answers both views at once. The first was sent by another way, since the server's run id had to be read before it.
    await server.ask((redis) => redis.call("CLIENT", "PAUSE", "60000", "WRITE"));
    const record = () => web.views.record([viewOf([story], anonymous(readers++))]);
    const first = record();
    await web.redis.ping();
    await new Promise((resolve) => setImmediate(resolve));
    const second = record();
    await new Promise((resolve) => setImmediate(resolve));
    await server.ask((redis) => redis.call("CLIENT", "UNPAUSE"));
    await Promise.all([first, second]);
    await web.watch.flush();
    expect(await sync()).toMatchObject({ reads: 2, accepted: 2, synced: 2, knownLost: 0, drift: 0 });
    expect(await losses()).toEqual([]);
    expect((await web.views.readShard(story.id % 4)).ended, "the life goes on").toEqual([]);
  });

  it.each([true, false])(
    "has lost what an older copy lacks and Postgres never got (web restarted: %s)",
    async (webToo) => {
      await read(60);
      const restore = backUp();
      await read(40);
      await restart(restore, webToo);
      await read(150);
      expect(await sync()).toMatchObject({ reads: 210, accepted: 250, synced: 210, knownLost: 40, drift: 0 });
      expect(await losses()).toMatchObject([
        { views: 40, mayRepeat: 0, cause: "Redis came back older than it was" },
      ]);
      expect(await sync()).toMatchObject({ reads: 210, knownLost: 40, drift: 0 });
    },
  );

  it.each([
    ["in this hour", 0],
    ["in an earlier hour", 3],
  ])("swallows no new view when an older copy comes back after a sync of views %s", async (_, hoursAgo) => {
    const at = hoursAgo > 0 ? Date.now() - hoursAgo * HOUR_MS : undefined;
    await read(60, at);
    const restore = backUp();
    await read(40, at);
    await sync();
    await restart(restore, true);
    await read(150);
    expect(await sync()).toMatchObject({ reads: 250, accepted: 250, synced: 250, knownLost: 0, drift: 0 });
    expect(await losses()).toMatchObject([{ views: 0, mayRepeat: 40 }]);
    expect(await sync()).toMatchObject({ reads: 250, buffered: 0, drift: 0 });
  });

  it("has lost nothing when it restarts three times between two syncs", async () => {
    for (let life = 0; life < 4; life += 1) {
      await read(2);
      await restart(nothing, life % 2 === 0);
    }
    expect(await sync()).toMatchObject({ reads: 8, accepted: 8, synced: 8, knownLost: 0, drift: 0 });
    expect(await losses()).toEqual([]);
  });

  it("has lost what it accepted in a life that no copy knows", async () => {
    await read(10);
    const restore = backUp();
    await restart(nothing, false);
    await read(7);
    await restart(restore, true);
    await read(2);
    expect(await sync()).toMatchObject({ reads: 12, accepted: 19, knownLost: 7, drift: 0 });
    await restart(everything, true);
    await read(1);
    expect(await sync()).toMatchObject({ reads: 13, accepted: 20, knownLost: 7, drift: 0 });
  });

  it("is measured as exactly when it comes back older a second time, and a third", async () => {
    await read(60);
    const restore = backUp();
    await read(20);
    await restart(restore, true);
    await read(5);
    await sync();
    await restart(restore, true);
    expect(await sync()).toMatchObject({ reads: 65, accepted: 85, knownLost: 20, drift: 0 });
    await read(30);
    await restart(restore, true);
    await read(1);
    expect(await sync()).toMatchObject({ reads: 66, accepted: 116, knownLost: 50, drift: 0 });
    expect((await losses()).map(({ views }) => views).sort()).toEqual([0, 20, 30]);
  });

  it("says how many readers may be counted again after it has lost everything", async () => {
    await read(10);
    await sync();
    await read(4);
    await restart(everything, true);
    await read(1);
    expect(await sync()).toMatchObject({ reads: 11, accepted: 15, knownLost: 4, drift: 0 });
    const [loss] = await losses();
    expect(loss).toMatchObject({ views: 4, mayRepeat: 11, cause: "Redis lost its data" });
    const hours = (Number(loss?.repeatUntil) - Number(loss?.toAt)) / HOUR_MS;
    expect(hours).toBe(24);
  });

  it("does not take a real drift for a loss when it restarts", async () => {
    await read(6);
    await web.redis.unlink(...(await web.redis.keys("*:hour:*")));
    await restart(nothing, true);
    await read(2);
    expect(await sync()).toMatchObject({ accepted: 8, synced: 2, knownLost: 0, drift: 6 });
  });

  it("tells two sides of a split apart, whichever counted more", async () => {
    await read(10);
    const promote = backUp();
    // The old side goes on for one more reader, and is then gone; the other side has only what was replicated.
    await read(1);
    await restart(promote, false);
    await read(5);
    expect(await sync()).toMatchObject({ reads: 15, accepted: 16, knownLost: 1, drift: 0 });
  });
});
