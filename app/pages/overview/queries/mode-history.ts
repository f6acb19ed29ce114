import { readDemoUntil } from "~/platform/demo-until";
import { nameUsers } from "~/platform/people";
import { type Annotation, annotationsOf, type Period } from "~/shared/annotations";
import { SILENT_AFTER_SECONDS } from "~/telemetry/processes";
import { pausesOf, readSyncSettings } from "~/telemetry/sync-pauses";
import type { PrismaClient } from "../../../../prisma/client/client";
import {
  combineLanes,
  type Lane,
  laneOf,
  type Move,
  outagesOf,
  type Presence,
  type Segment,
} from "./mode-lanes";
import { readPresences } from "./presences";

/** Processes beyond this number have no lane; their moves are in the table and in the combined lane. */
const MAX_LANES = 8;
const MAX_MOVES = 2000;

export interface ModeHistory {
  from: number;
  to: number;
  combined: Lane;
  /** The web processes that reported most recently, newest first. */
  lanes: Lane[];
  /** The number of processes without a lane. */
  others: number;
  /** Pauses of the sync and drills, as a lane. */
  operations: Lane;
  /** Moves in the range, newest first. */
  moves: Move[];
  annotations: Annotation[];
}

/** The answering process, read directly: fresher than its last sample. */
interface AnsweringProcess {
  process: string;
  mode: string;
  /** Unix ms. */
  since: number;
  reason: string;
}

/** Where every web process counted over a span of time, and the charts' annotations for it. Needs only Postgres. */
export async function readHistory(
  db: PrismaClient,
  span: { from: number; to: number },
  self: AnsweringProcess,
  now: number,
  redisCounts: boolean,
): Promise<ModeHistory> {
  const { from, to } = span;
  const [presences, settings, drills, demoUntil] = await Promise.all([
    readPresences(db, from, to),
    readSyncSettings(db, to),
    readDrills(db, from, to),
    readDemoUntil(db),
  ]);
  const moves = await readMoves(db, from, to, [...new Set(presences.map(({ process }) => process))]);
  const known = withCurrentMode(moves, self, to);
  const web = extendToNow(
    presences.filter(({ role }) => role === "web"),
    self,
    now,
    to,
  );
  const names = [...new Map(web.map(({ process, to: last }) => [process, last]))]
    .sort((a, b) => b[1] - a[1])
    .map(([process]) => process);
  const lanes = names.map((name) =>
    laneOf(
      name,
      known.filter((move) => move.process === name),
      web.filter((presence) => presence.process === name),
      from,
      to,
    ),
  );
  const all = combineLanes(lanes);
  const pauses = pausesOf(settings, now).filter((pause) => (pause.to ?? now) > from && pause.from < to);
  return {
    from,
    to,
    combined: all,
    lanes: lanes.slice(0, MAX_LANES),
    others: Math.max(0, lanes.length - MAX_LANES),
    operations: { name: "Sync and drills", segments: operationSegments(pauses, drills, from, to) },
    moves: moves.filter((move) => move.at >= from).toReversed(),
    annotations: annotationsOf(
      {
        // With counting in Redis switched off, counting in the database is not an outage.
        outages: redisCounts ? outagesOf(all, to) : [],
        pauses,
        drills,
        starts: moves.filter((move) => move.from === "started" && move.at >= from),
        demoUntil: demoUntil?.getTime(),
      },
      from,
      to,
    ),
  };
}

/** Adds the current mode of the answering process, as its last move may not have been written yet. */
function withCurrentMode(moves: Move[], self: AnsweringProcess, to: number): Move[] {
  const last = moves.findLast((move) => move.process === self.process);
  if (last?.to === self.mode || self.since > to) return moves;
  const move = {
    at: self.since,
    process: self.process,
    role: "web",
    from: last?.to ?? "started",
    to: self.mode,
  };
  return [...moves, { ...move, reason: self.reason || "Redis answers again" }];
}

/** Extends the last presence of each running process to now, as its last report is up to ten seconds old. Ours is running. */
function extendToNow(presences: Presence[], self: AnsweringProcess, now: number, to: number): Presence[] {
  if (to < now) return presences;
  const silentMs = SILENT_AFTER_SECONDS * 1000;
  const extended = presences.map((presence) =>
    now - presence.to < silentMs || (presence.process === self.process && now - presence.to < 10 * silentMs)
      ? { ...presence, to: now }
      : presence,
  );
  if (extended.some(({ process, to: end }) => process === self.process && end === now)) return extended;
  return [...extended, { process: self.process, role: "web", from: self.since, to: now }];
}

function operationSegments(pauses: Period[], drills: Period[], from: number, to: number): Segment[] {
  const segments = (mode: string, periods: Period[]) =>
    periods.map((each) => ({
      mode,
      from: Math.max(each.from, from),
      to: Math.min(each.to ?? to, to),
      reason: each.label,
    }));
  return [...segments("paused", pauses), ...segments("drill", drills)].sort((a, b) => a.from - b.from);
}

/** The moves in a span of time, and before it the last one of each of these processes. */
async function readMoves(db: PrismaClient, from: number, to: number, processes: string[]): Promise<Move[]> {
  const rows = await db.$queryRaw<(Omit<Move, "at"> & { at: Date })[]>`
    SELECT "at", "process", "role", "from", "to", "reason" FROM (
      (SELECT * FROM "ModeChange" WHERE "at" >= ${new Date(from)} AND "at" <= ${new Date(to)} AND "role" = 'web'
       ORDER BY "at" DESC, "id" DESC LIMIT ${MAX_MOVES})
      UNION ALL
      SELECT last.* FROM unnest(${processes}::text[]) AS known(process), LATERAL (
        SELECT * FROM "ModeChange" m WHERE m."process" = known.process AND m."at" < ${new Date(from)} AND m."role" = 'web'
        ORDER BY m."at" DESC, m."id" DESC LIMIT 1) AS last
    ) AS moves ORDER BY "at", "id"`;
  return rows.map((row) => ({ ...row, at: row.at.getTime() }));
}

async function readDrills(db: PrismaClient, from: number, to: number): Promise<Period[]> {
  const rows = await db.drill.findMany({
    where: { startedAt: { lte: new Date(to) }, endsAt: { gte: new Date(from) } },
    orderBy: { startedAt: "asc" },
    select: { startedAt: true, endsAt: true, endedAt: true, startedBy: true },
  });
  return (await nameUsers(db, rows, ["startedBy"])).map(({ startedAt, endsAt, endedAt, startedBy }) => {
    const end = (endedAt ?? endsAt).getTime();
    return {
      from: startedAt.getTime(),
      to: end > to ? null : end,
      label: `a drill, started by ${startedBy}`,
    };
  });
}
