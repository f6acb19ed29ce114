import { Redis } from "ioredis";
import pg from "pg";
import { numberTypes } from "../../app/platform/row-numbers";
import { createMarks } from "../../app/stores/postgres/marks";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import { syncBuffers } from "../../app/tracker/sync";
import { planWindow } from "../../app/tracker/window";

/**
 * One sync in a process of its own, as the worker's; or with the argument `bare N` the least that Postgres has to do for the
 * counters of N stories, in batches: rows of the same hourly tables, and an UPDATE of the totals. Prints the seconds it took.
 */
const BARE_BATCH = 10_000;
/** As long as the source that the sync writes, so that rows and indexes have the same size. */
const BARE_SOURCE = "r:bareline";
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, types: numberTypes });
const [mode, stories] = process.argv.slice(2);
const seconds = await (mode === "bare" ? timed(() => bare(Number(stories))) : sync());
process.stdout.write(String(seconds));
process.exit(0);

async function timed(work: () => Promise<unknown>) {
  await pool.query("SELECT 1");
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

async function sync() {
  const redis = new Redis(process.env.REDIS_URL ?? "");
  await redis.ping();
  return timed(async () => {
    const reports = await syncBuffers(createRedisViews(redis, planWindow(24, 6)), createMarks(pool));
    for (const { error } of reports) if (error) throw new Error(error);
  });
}

async function bare(stories: number) {
  const client = await pool.connect();
  for (let from = 1; from <= stories; from += BARE_BATCH) {
    const ids = Array.from({ length: BARE_BATCH }, (_, i) => from + i);
    await client.query("BEGIN");
    await client.query(
      `INSERT INTO "ViewHour" (kind, "targetId", hour, source, views)
       SELECT 'story', id, date_trunc('hour', now()), '${BARE_SOURCE}', 1 FROM unnest($1::int[]) AS u(id)`,
      [ids],
    );
    await client.query(
      `INSERT INTO "ViewDetailHour" ("storyId", hour, source, dimension, value, views)
       SELECT id, date_trunc('hour', now()), '${BARE_SOURCE}', dimension, value, 1
       FROM unnest($1::int[]) AS u(id), (VALUES ('referrer', 'direct'), ('device', 'desktop')) AS d(dimension, value)`,
      [ids],
    );
    await client.query(
      `UPDATE "Story" t SET "readCount" = "readCount" + 1 FROM unnest($1::int[]) AS u(id) WHERE t.id = u.id`,
      [ids],
    );
    await client.query("COMMIT");
  }
  client.release();
}
