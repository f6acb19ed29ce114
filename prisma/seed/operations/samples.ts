import type { ClientBase } from "pg";
import { historyLimitMs } from "../../../app/shared/objectives";
import { insertRows } from "../insert";
import { type Recorded, type Slot, spanOf } from "./record";
import { fallbacksOf, type Span, SYNC_INTERVAL } from "./timeline";

/** One row of Sample. */
export interface SampleRow {
  at: number;
  span: number;
  process: string;
  role: "web" | "worker";
  mode: "redis" | "database";
  slot: Slot | undefined;
  /** Views in Redis that no sync had moved yet, and the age of the oldest in seconds; of workers only. */
  unsynced: { views: number; seconds: number } | null;
}

/** The name of a process of a life, as `hostname` and pid make it. */
export const processName = (role: "web" | "worker", life: number) =>
  `${role}-demo-${4021 + life * 1187 + (role === "worker" ? 14 : 0)}`;

/** The samples of the web process and the worker of every life, in order. */
function samplesOf(recorded: Recorded): SampleRow[] {
  const { timeline, slots } = recorded;
  const span = spanOf(timeline);
  const fallbacks = fallbacksOf(timeline);
  const good = timeline.syncs.filter(({ trigger }) => trigger !== "failed");
  const rows: SampleRow[] = [];
  let [views, oldest, next] = [0, 0, 0];
  for (const [index, life] of timeline.lives.entries()) {
    let step = 0;
    for (let at = life.from; at < life.to; at += step * 1000) {
      step = span(at);
      const end = at + step * 1000;
      // A life may start or end within an hour that is one sample now.
      const start = Math.floor(at / (step * 1000)) * step * 1000;
      const redis = slots.redis.get(start);
      let highest = views;
      while ((good[next]?.at ?? Number.POSITIVE_INFINITY) < end) {
        [views, next] = [0, next + 1];
      }
      if (views === 0) oldest = at;
      views += redis?.views ?? 0;
      // A thinned sample keeps the highest of its parts.
      highest = step > 10 ? Math.max(highest, views) : views;
      const unsynced = { views: highest, seconds: views > 0 ? Math.round((end - oldest) / 1000) : 0 };
      const isAway = fallbacks.filter((away) => away.from < end && away.to > at);
      const isAllAway = isAway.some((away) => away.from <= at && away.to >= end);
      const row = (role: "web" | "worker", mode: "redis" | "database"): SampleRow => ({
        at: start,
        span: step,
        process: processName(role, index),
        role,
        mode,
        slot: role === "web" ? slots[mode].get(start) : undefined,
        unsynced: role === "worker" && mode === "redis" ? unsynced : null,
      });
      if (!isAllAway) rows.push(row("web", "redis"), row("worker", "redis"));
      if (isAway.length > 0) rows.push(row("web", "database"), row("worker", "database"));
    }
  }
  return rows;
}

/** Writes the samples, and each process's start and moves. @returns how many there are. */
export async function insertSamples(client: ClientBase, recorded: Recorded) {
  const rows = samplesOf(recorded);
  await insertRows(
    client,
    "Sample",
    [
      { name: "at", type: "ms", of: (row) => row.at },
      { name: "span", type: "int", of: (row) => row.span },
      { name: "process", type: "text", of: (row) => row.process },
      { name: "role", type: "text", of: (row) => row.role },
      { name: "mode", type: "text", of: (row) => row.mode },
      { name: "redis", type: "int", of: (row) => (row.mode === "redis" ? (row.slot?.views ?? 0) : 0) },
      { name: "database", type: "int", of: (row) => (row.mode === "database" ? (row.slot?.views ?? 0) : 0) },
      { name: "duplicates", type: "int", of: (row) => row.slot?.duplicates ?? 0 },
      { name: "excluded", type: "int", of: (row) => row.slot?.excluded ?? 0 },
      { name: "latencyBuckets", type: "int[]", of: (row) => `{${row.slot?.latencies?.join(",") ?? ""}}` },
      { name: "buffered", type: "int", of: (row) => row.unsynced?.views ?? null },
      { name: "lagSeconds", type: "int", of: (row) => row.unsynced?.seconds ?? null },
      { name: "judgedSeconds", type: "int", of: (row) => (row.unsynced ? row.span : 0) },
      { name: "freshSeconds", type: "int", of: freshSeconds },
    ],
    rows,
  );
  return rows.length;
}

/** The seconds of a worker's sample in which the oldest view had not waited for longer than the sync interval and its run allow. */
function freshSeconds({ unsynced, span }: SampleRow) {
  if (!unsynced) return 0;
  const over = unsynced.seconds - historyLimitMs(SYNC_INTERVAL / 3_600_000) / 1000;
  return Math.round(span - Math.min(span, Math.max(0, over)));
}

/** Where each process counted from when on, and why. */
export async function insertModeChanges(
  client: ClientBase,
  { timeline }: Recorded,
  whyAway: (away: Span) => { reason: string; back: string },
) {
  const roles = ["web", "worker"] as const;
  const changes = timeline.lives.flatMap((life, index) =>
    roles.flatMap((role, place) => {
      const process = processName(role, index);
      const change = (at: number, from: string, to: string, reason: string) => ({
        at: at + 400 * place,
        process,
        role,
        from,
        to,
        reason,
      });
      return [
        change(life.from, "started", "redis", "process started"),
        ...fallbacksOf(timeline)
          .filter((away) => away.from >= life.from && away.to <= life.to)
          .flatMap((away) => {
            const { reason, back } = whyAway(away);
            return [
              change(away.from, "redis", "database", reason),
              change(away.to, "database", "redis", back),
            ];
          }),
      ];
    }),
  );
  await insertRows(
    client,
    "ModeChange",
    [
      { name: "at", type: "ms", of: (row) => row.at },
      { name: "process", type: "text", of: (row) => row.process },
      { name: "role", type: "text", of: (row) => row.role },
      { name: "from", type: "text", of: (row) => row.from },
      { name: "to", type: "text", of: (row) => row.to },
      { name: "reason", type: "text", of: (row) => row.reason },
    ],
    changes.sort((a, b) => a.at - b.at),
  );
}
