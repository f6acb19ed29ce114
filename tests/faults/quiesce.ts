import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { allShards, shardTag } from "../../app/tracker/shard";
import { root } from "./bundle";
import type { Client } from "./client";
import type { Cluster } from "./cluster";

export const PROBE_SLUG = "probe";
const REST_WITHIN_MS = 45_000;
let probes = 0;

/**
 * Waits until nothing is left of an outage: both web processes count in Redis again, no journal holds a view, no fallback row
 * waits for reconcile. @throws Error saying what never came to rest.
 */
export async function quiesce(stage: Cluster, courier: Client, at: number | null): Promise<void> {
  const deadline = Date.now() + REST_WITHIN_MS;
  stage.fillWorkers();
  for (let quiet = 0; quiet < 2; ) {
    const why = await unrest(stage, courier, at);
    quiet = why === null ? quiet + 1 : 0;
    if (why !== null && Date.now() > deadline) throw new Error(`never came to rest: ${why}`);
    if (quiet < 2) await sleep(why === null ? 10 : 60);
  }
}

async function unrest(stage: Cluster, courier: Client, at: number | null): Promise<string | null> {
  const journals = (await readdir(stage.journalDir)).filter((name) => name.endsWith(".jsonl"));
  if (journals.length > 0) return `${journals.join(", ")} in the journal directory`;
  const { rows } = await stage.pool
    .query<{ waiting: number }>(
      `SELECT (SELECT count(*) FROM "StoryView" WHERE "window" IS NOT NULL AND "reconciledAt" IS NULL)::int
            + (SELECT count(*) FROM "ChapterView" WHERE "window" IS NOT NULL AND "reconciledAt" IS NULL)::int AS waiting`,
    )
    .catch(() => ({ rows: [{ waiting: -1 }] }));
  const waiting = rows[0]?.waiting ?? -1;
  if (waiting !== 0)
    return waiting < 0 ? "Postgres does not answer" : `${waiting} fallback rows not reconciled`;
  for (const [web] of stage.webs.entries()) {
    probes += 1;
    const address = `10.200.${Math.floor(probes / 250) % 250}.${probes % 250}`;
    const errand = {
      path: `/story/${PROBE_SLUG}`,
      address,
      agent: "Mozilla/5.0 (X11; Linux x86_64) Reader/probe",
      at,
      web,
    };
    const path = await courier.deliver(errand);
    if (path !== "redis") return `web-${web + 1} counts by way of ${path}`;
  }
  return null;
}

/** One sync through the real queue and a real worker, after which nothing may wait. Answers what went wrong, or null. */
export async function finalSync(stage: Cluster, name: string): Promise<string | null> {
  let last = "no worker took it";
  for (let tries = 1; tries <= 3; tries += 1) {
    const trigger = `${name} final ${tries}`;
    const asked = await stage.queue.runNow(trigger);
    if (!asked.ok) {
      last = asked.why;
      await sleep(300);
      continue;
    }
    const deadline = Date.now() + 20_000;
    while (Date.now() < deadline) {
      const { rows } = await stage.pool.query<{ endedAt: Date | null; error: string | null }>(
        `SELECT "endedAt", error FROM "SyncRun" WHERE trigger = $1 ORDER BY id DESC LIMIT 1`,
        [trigger],
      );
      if (rows[0]?.endedAt) {
        if (!rows[0].error) return null;
        last = rows[0].error;
        break;
      }
      await sleep(15);
    }
  }
  return `the final sync did not end well: ${last}`;
}

/** Views that Redis still holds for the sync, as its own ledger says. */
export async function buffered(stage: Cluster): Promise<number> {
  let waiting = 0;
  for (const shard of allShards) {
    const [accepted, settled] = await stage.redis.hmget(`${shardTag(shard)}:ledger`, "accepted", "settled");
    waiting += Number(accepted ?? 0) - Number(settled ?? 0);
  }
  return waiting;
}

/**
 * Closes every settled buffer as if its hour were over, with the site's own script but for its look at the clock: simulated hours
 * lie in the future, and a thousand runs would leave a thousand runs' buffers to every sync.
 */
export async function turnTheHour(stage: Cluster): Promise<void> {
  const script = await readFile(`${root}/app/stores/redis/scripts/close.lua`, "utf8");
  const ageless = script.replace(/^if math\.floor\(redis\.call\('TIME'\).*$/m, "");
  if (ageless === script)
    throw new Error("close.lua looks at the clock in another way than the harness knows");
  for (const shard of allShards)
    for (const hour of await stage.redis.smembers(`${shardTag(shard)}:hours`)) {
      const birth = (await stage.redis.hget(`${shardTag(shard)}:hour:${hour}`, "~")) ?? "";
      await stage.redis.eval(ageless, 1, `${shardTag(shard)}:ledger`, hour, birth);
    }
}
