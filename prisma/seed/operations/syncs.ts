import { createHash } from "node:crypto";
import type { ClientBase } from "pg";
import { formatTrigger, type SyncTrigger } from "../../../app/telemetry/sync-trigger";
import { allShards } from "../../../app/tracker/shard";
import { redisSource } from "../../../app/tracker/source";
import { DAY, HOUR } from "../calendar";
import { insertRows } from "../insert";
import type { Recorded } from "./record";

/** The life of Redis in which the demo's views were counted. */
const LIFE = "demo";
/**
 * A life that ended more than eight days ago is closed (app/telemetry/ledger/balance.ts): today's Redis, which has none of its views,
 * has not lost them.
 */
const LIFE_ENDED = 9 * DAY;
const FAILURE = "Redis did not answer within 5000 ms";

/** The parts of a ledger without drift, as JSON. */
export const NO_DRIFT = JSON.stringify({
  ...Object.fromEntries(allShards.map((shard) => [`redis-${shard}`, 0])),
  fallback: 0,
  journal: 0,
  history: 0,
});

const birthOf = (shard: number, hour: number) =>
  createHash("md5")
    .update(`${LIFE} ${shard} ${hour / HOUR}`)
    .digest("hex")
    .slice(0, 16);

/** The source of the views that one shard of Redis counted in an hour. */
export const bufferSource = (shard: number, hour: number) => redisSource(birthOf(shard, hour));

/** Writes the runs of the sync, what they moved, and the ledger that each stored. @returns the id of the run that failed. */
export async function insertSyncs(
  client: ClientBase,
  recorded: Recorded,
  { operator, retracted }: { operator: string; retracted: Map<number, number> },
): Promise<number> {
  const { timeline, moved, buffers, fallback } = recorded;
  const triggers: Record<string, SyncTrigger> = {
    schedule: { type: "schedule" },
    failed: { type: "schedule" },
    "pause-ended": { type: "pause-ended" },
    "run-now": { type: "run-now", by: operator },
  };
  let failedRun = 0;
  let [synced, run] = [0, 0];
  const entries: { at: number; synced: number; fallback: number; retracted: number }[] = [];
  for (const { at, trigger } of timeline.syncs) {
    const failed = trigger === "failed";
    const shards = allShards.map((shard) => {
      const count = failed ? undefined : moved.get(run)?.find((one) => one.shard === shard);
      const numbers = { targets: count?.targets.size ?? 0, views: count?.views ?? 0, orphans: 0 };
      return { shard, ...numbers, error: failed ? FAILURE : null };
    });
    const sum = (of: "targets" | "views") => shards.reduce((total, shard) => total + shard[of], 0);
    const [views, targets] = [sum("views"), sum("targets")];
    const tookMs = failed ? 5_200 : 600 + targets * 4;
    const words = triggers[trigger] ?? { type: "retry", runId: failedRun, by: operator };
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO "SyncRun" (trigger, "startedAt", "endedAt", targets, views, error, shards)
       VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
      [
        formatTrigger(words),
        new Date(at),
        new Date(at + tookMs),
        targets,
        views,
        failed ? shards.map(({ shard, error }) => `shard ${shard}: ${error}`).join("; ") : null,
        JSON.stringify(shards),
      ],
    );
    if (failed) {
      failedRun = rows[0]?.id ?? 0;
      continue;
    }
    run += 1;
    synced += views;
    entries.push({ at: at + tookMs, synced, ...fallbackUntil(recorded, at, retracted) });
  }
  await insertEntries(client, entries);
  const good = timeline.syncs.filter(({ trigger }) => trigger !== "failed");
  await insertRows(
    client,
    "SyncedBuffer",
    [
      { name: "birth", type: "text", of: ({ shard, hour }) => birthOf(shard, hour) },
      { name: "shard", type: "int", of: ({ shard }) => shard },
      { name: "ledger", type: "text", of: () => LIFE },
      { name: "hour", type: "ms", of: ({ hour }) => hour },
      { name: "views", type: "int", of: ({ views }) => views },
      { name: "writes", type: "int", of: ({ views }) => views },
      { name: "movedAt", type: "ms", of: ({ run: index }) => good[index]?.at ?? timeline.to },
    ],
    [...buffers.values()],
  );
  for (const shard of allShards) {
    const views = [...moved.values()].flat().filter((one) => one.shard === shard);
    const accepted = views.reduce((sum, one) => sum + one.views, 0);
    await client.query(
      `INSERT INTO "RedisLedger" (shard, ledger, accepted, synced, survived, "firstAt", "seenAt", "endedAt")
       VALUES ($1, $2, $3, $3, 0, $4, $5, $6)`,
      [
        shard,
        LIFE,
        accepted,
        new Date(timeline.from),
        new Date(timeline.to),
        new Date(timeline.to - LIFE_ENDED),
      ],
    );
    const counted = fallback.get(shard) ?? 0;
    await client.query(
      `INSERT INTO "FallbackCount" (shard, slot, counted, retracted, moved) VALUES ($1, 0, $2, $3, $4)`,
      [shard, counted + (retracted.get(shard) ?? 0), retracted.get(shard) ?? 0, counted],
    );
  }
  return failedRun;
}

/** The views that Postgres had counted by then. Those of the freeze, and what reconcile retracted after it, come last. */
function fallbackUntil({ timeline, fallbackAt }: Recorded, at: number, retracted: Map<number, number>) {
  const counted = fallbackAt.filter((each) => each.at <= at).reduce((sum, { views }) => sum + views, 0);
  const gone = at < timeline.freeze.to ? 0 : [...retracted.values()].reduce((sum, views) => sum + views, 0);
  return { fallback: counted + gone, retracted: gone };
}

const insertEntries = (
  client: ClientBase,
  entries: { at: number; synced: number; fallback: number; retracted: number }[],
) =>
  insertRows(
    client,
    "LedgerEntry",
    [
      { name: "at", type: "ms", of: (row) => row.at },
      { name: "accepted", type: "int", of: (row) => row.synced + row.fallback - row.retracted },
      { name: "synced", type: "int", of: (row) => row.synced },
      { name: "buffered", type: "int", of: () => 0 },
      { name: "fallback", type: "int", of: (row) => row.fallback },
      { name: "journalled", type: "int", of: () => 0 },
      { name: "retracted", type: "int", of: (row) => row.retracted },
      { name: "knownLost", type: "int", of: () => 0 },
      { name: "drift", type: "int", of: () => 0 },
      { name: "parts", type: "jsonb", of: () => NO_DRIFT },
    ],
    entries,
  );
