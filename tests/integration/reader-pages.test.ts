import type { AppLoadContext } from "@remix-run/node";
import type pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { currentUser } from "../../app/auth/current-user";
import { createSessions } from "../../app/auth/sessions";
import { loader as storyLoader } from "../../app/routes/story.$slug";
import { loader as chapterLoader } from "../../app/routes/story.$slug_.chapter.$number";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import { planWindow } from "../../app/tracker/window";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { createTestDatabase } from "../support/services";
import { anonymous, createStory, viewOf } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: OwnRedis;

beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), startOwnRedis()]);
});
afterAll(async () => {
  await redis?.remove();
  await database?.drop();
});

it("a story and a chapter cost a signed-out reader one Redis command and one statement at most", async () => {
  const { db, pool } = database;
  const made = await createStory(pool, "tide", 30);
  await redis.ask(async (client) => {
    const views = createRedisViews(client, planWindow(24, 6));
    await views.record([viewOf([made.chapters[1] as never, made.story], anonymous("a"))]);
    const runtime = {
      env: {},
      db,
      pools: { pages: pool },
      sessions: createSessions({ db, secrets: ["only for tests"], secure: false }),
      readUnsynced: views.readUnsynced,
    };
    const commands = async () => {
      const stats = [...(await client.info("commandstats")).matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)];
      return stats.reduce((sum, [, name, calls]) => sum + (name === "info" ? 0 : Number(calls)), 0);
    };
    /** The loaders of a whole page: the root's asks who is signed in, and so does the page's own. */
    const load = async (loader: typeof storyLoader | typeof chapterLoader, path: string) => {
      const context = { runtime } as unknown as AppLoadContext;
      const request = new Request(`http://site.test${path}`);
      const params = { slug: "tide", number: "2" };
      const [, data] = await Promise.all([
        currentUser(context, request),
        loader({ request, params, context }),
      ]);
      return data;
    };
    const statements = countStatements(pool);
    for (const [loader, path] of [
      [storyLoader, "/story/tide"],
      [chapterLoader, "/story/tide/chapter/2"],
    ] as const) {
      const before = await commands();
      const statementsBefore = statements();
      expect(await load(loader, path), "the unsynced view shows").toMatchObject({
        reads: path.endsWith("2") ? { chapter: 1 } : { story: 1, 2: 1 },
      });
      expect(statements() - statementsBefore, path).toBe(1);
      expect((await commands()) - before, path).toBe(1);
    }
  });
});

/** Counts the statements that a pool sends, Prisma's too, from now on; those with which a connection begins do not count. */
function countStatements(pool: pg.Pool): () => number {
  let statements = 0;
  const watched = new WeakSet<pg.PoolClient>();
  pool.on("acquire", (client) => {
    if (watched.has(client)) return;
    watched.add(client);
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    client.query = ((...args: unknown[]) => {
      statements += 1;
      return query(...args);
    }) as typeof client.query;
  });
  return () => statements;
}
