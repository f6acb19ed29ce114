import type { ClientBase } from "pg";
import { insertRows } from "../insert";
import { type Alerts, NOTES } from "./incidents";
import type { Timeline } from "./timeline";

const MINUTE = 60_000;
const PAUSE_REASON = "a new index on the hourly history";
const INTERVAL = { intervalHours: 12, pausedUntil: null as string | null, pausedReason: "" };

interface Event {
  at: number;
  action: string;
  target: string;
  reason?: string;
  before?: unknown;
  after?: unknown;
  /** A part of Tidemark; by default, the operator. */
  actor?: string;
}

/** Writes who did what: the same deeds that the rows of syncs, alerts and drills show. */
export async function insertAudit(
  client: ClientBase,
  timeline: Timeline,
  {
    operator,
    alerts,
    failedRun,
  }: { operator: { id: number; name: string }; alerts: Alerts; failedRun: number },
) {
  const { pause, drills, freeze, guesses, syncs } = timeline;
  const iso = (at: number) => new Date(at).toISOString();
  const paused = { ...INTERVAL, pausedUntil: iso(pause.until), pausedReason: PAUSE_REASON };
  const syncAt = (trigger: string) => syncs.find((each) => each.trigger === trigger)?.at ?? timeline.to;
  const weekly = Array.from({ length: 5 }, (_, week) => syncs[9 + week * 32]?.at).flatMap((at) => at ?? []);
  const events: Event[] = [
    ...weekly.map((at, index) => ({
      at: at + 34 * MINUTE,
      action: "story.repair",
      target: `story ${REPAIRED[index]}`,
      reason: "an author asked whether the total is right; it is",
    })),
    {
      at: timeline.from + 30 * MINUTE,
      action: "sync.interval",
      target: "setting sync",
      reason: "twice a day is enough for the editors",
      before: { ...INTERVAL, intervalHours: 6 },
      after: INTERVAL,
    },
    ...drills.map(({ from, to }, index) => ({
      at: from,
      action: "drill.start",
      target: `drill ${index + 1}`,
      after: { seconds: (to - from) / 1000, processes: 2 },
    })),
    {
      at: syncAt("retry") - 1000,
      action: "sync.retry",
      target: `run ${failedRun}`,
      reason: "Redis answers again",
    },
    {
      at: guesses.from + 3 * MINUTE,
      action: "alert.acknowledge",
      target: `alert ${alerts.guesses} (failed-log-ins)`,
      reason: NOTES.guesses,
    },
    {
      at: pause.from,
      action: "sync.pause",
      target: "setting sync",
      reason: PAUSE_REASON,
      before: INTERVAL,
      after: paused,
    },
    {
      at: pause.from + 30 * MINUTE,
      action: "sync.skip",
      target: "sync",
      reason: PAUSE_REASON,
      after: { pausedUntil: paused.pausedUntil },
      actor: "the schedule",
    },
    {
      at: pause.to,
      action: "sync.resume",
      target: "setting sync",
      reason: "the index is there, sooner than planned",
      before: paused,
      after: { ...paused, pausedUntil: iso(pause.to) },
    },
    {
      at: freeze.from + 131_000,
      action: "alert.acknowledge",
      target: `alert ${alerts.freeze} (fallback-share)`,
      reason: NOTES.freeze,
    },
    { at: timeline.to - 1000, action: "sync.run", target: "sync", reason: "before the demo is handed over" },
  ];
  const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  await insertRows(
    client,
    "AuditEvent",
    [
      { name: "at", type: "ms", of: (row) => row.at },
      { name: "actorId", type: "int", of: (row) => (row.actor ? null : operator.id) },
      { name: "actor", type: "text", of: (row) => row.actor ?? operator.name },
      { name: "action", type: "text", of: (row) => row.action },
      { name: "target", type: "text", of: (row) => row.target },
      { name: "reason", type: "text", of: (row) => row.reason ?? null },
      { name: "before", type: "jsonb", of: (row) => json(row.before) },
      { name: "after", type: "jsonb", of: (row) => json(row.after) },
    ],
    events.sort((a, b) => a.at - b.at),
  );
}

const REPAIRED = [
  "the-pilot-of-saltmarrow",
  "a-yellow-kitchen",
  "eleven-thousand-mornings",
  "tea-with-the-late-mr-quill",
  "the-pilot-of-saltmarrow",
];
