import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { allShards, shardTag } from "../../app/tracker/shard";
import { root } from "./bundle";
import type { Client } from "./client";
import type { Cluster } from "./cluster";

export const PROBE_SLUG = "probe";
const QUIESCE_TIMEOUT_MS = 45_000;
/** A request may meet a worker whose connection is dead: it is made again after TRY_MS, until FINAL_SYNC_MS are over. */
const FINAL_SYNC_MS = 90_000;
const TRY_MS = 20_000;
let probes = 0;

/**
 * Waits until nothing is left of an outage: both web processes count in Redis again, no journal holds a view, no answer of Postgres
 * is late, and no fallback row is waiting to be reconciled.
 * @throws Error that names what is not quiet.
 */
export async function quiesce(cluster: Cluster, client: Client, at: number | null): Promise<void> {
  const deadline = Date.now() + QUIESCE_TIMEOUT_MS;
  cluster.fillWorkers();
  for (let quiet = 0; quiet < 2; ) {
    const why = await reasonNotQuiet(cluster, client, at);
    quiet = why === null ? quiet + 1 : 0;
    if (why !== null && Date.now() > deadline) throw new Error(`the cluster did not become quiet: ${why}`);
    if (quiet < 2) await sleep(60);
  }
}

async function reasonNotQuiet(cluster: Cluster, client: Client, at: number | null): Promise<string | null> {
  // A view that went elsewhere after its deadline may still be counted in Postgres, once a late answer to its chapter's
  // statement lets its story's begin. Reconcile then compares the row with Redis, but not before it is there.
  if (cluster.webs.some(({ postgresProxy }) => postgresProxy.delayed() > 0))
    return "answers of Postgres are on their way";
  const names = await Promise.all(cluster.journalDirs.map((dir) => readdir(dir)));
  const journals = names.flat().filter((name) => name.endsWith(".jsonl"));
  if (journals.length > 0) return `${journals.join(", ")} in the journal directory`;
  const { rows } = await cluster.pool
    .query<{ unreconciled: number }>(
      `SELECT (SELECT count(*) FROM "StoryView" WHERE "window" IS NOT NULL AND "reconciledAt" IS NULL)::int
            + (SELECT count(*) FROM "ChapterView" WHERE "window" IS NOT NULL AND "reconciledAt" IS NULL)::int AS unreconciled`,
    )
    .catch(() => ({ rows: [{ unreconciled: -1 }] }));
  const unreconciled = rows[0]?.unreconciled ?? -1;
  if (unreconciled !== 0)
    return unreconciled < 0 ? "Postgres does not answer" : `${unreconciled} fallback rows are not reconciled`;
  for (const [web] of cluster.webs.entries()) {
    probes += 1;
    const address = `10.200.${Math.floor(probes / 250) % 250}.${probes % 250}`;
    const request = {
      path: `/story/${PROBE_SLUG}`,
      address,
      agent: "Mozilla/5.0 (X11; Linux x86_64) Reader/probe",
      at,
      web,
    };
    const path = await client.deliver(request);
    if (path !== "redis") return `web-${web + 1} counts via ${path}`;
  }
  return null;
}

/**
 * Runs one sync through the real queue and a real worker; nothing may be unsynced afterwards. A worker that has just lost its
 * connection gets the time to connect again. Returns what went wrong, or null.
 */
export async function finalSync(cluster: Cluster, name: string): Promise<string | null> {
  let last = "no worker ran it";
  const deadline = Date.now() + FINAL_SYNC_MS;
  for (let tries = 1; Date.now() < deadline; tries += 1) {
    const trigger = `${name} final ${tries}`;
    const request = await cluster.queue.runNow(trigger);
    const error = request.ok ? await errorOfSync(cluster, trigger) : request.why;
    if (error === null) return null;
    if (error !== undefined) last = error;
    await sleep(300);
  }
  return `the final sync failed: ${last}`;
}

/** The error of the sync with this trigger, null once it has succeeded; undefined if it does not end. */
async function errorOfSync({ pool }: Cluster, trigger: string) {
  for (const deadline = Date.now() + TRY_MS; Date.now() < deadline; await sleep(15)) {
    const { rows } = await pool.query<{ endedAt: Date | null; error: string | null }>(
      `SELECT "endedAt", error FROM "SyncRun" WHERE trigger = $1 ORDER BY id DESC LIMIT 1`,
      [trigger],
    );
    if (rows[0]?.endedAt) return rows[0].error;
  }
  return undefined;
}

/** Views in Redis that are not yet in Postgres, according to the ledger in Redis. */
export async function countUnsynced(cluster: Cluster): Promise<number> {
  let unsynced = 0;
  for (const shard of allShards) {
    unsynced += Number((await cluster.redis.hget(`${shardTag(shard)}:ledger`, "unsynced")) ?? 0);
  }
  return unsynced;
}

/**
 * Closes every settled buffer as if its hour were over, with the site's own script but without its check of the clock. Simulated
 * hours are in the future, so the buffers of all earlier runs would otherwise stay and slow down every sync.
 */
export async function closeSettledBuffers(cluster: Cluster): Promise<void> {
  const script = await readFile(`${root}/app/stores/redis/scripts/close.lua`, "utf8");
  const ageless = script.replace(/^if isOpen and math\.floor\(redis\.call\('TIME'\).*$/m, "");
  if (ageless === script)
    throw new Error("close.lua checks the clock in a way that the harness does not know");
  for (const shard of allShards)
    for (const birth of await cluster.redis.hkeys(`${shardTag(shard)}:buffers`)) {
      const settled = await cluster.redis.hget(`${shardTag(shard)}:settled:${birth}`, "~writes");
      await cluster.redis.eval(ageless, 1, `${shardTag(shard)}:ledger`, birth, settled ?? 0);
    }
}
