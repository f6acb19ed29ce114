import { SILENT_AFTER_SECONDS } from "~/telemetry/processes";
import { presencesIn } from "~/telemetry/roll-up/samples";
import { readRolledUntil } from "~/telemetry/roll-up/until";
import type { PrismaClient } from "../../../../prisma/client/client";
import type { Presence } from "./mode-lanes";

/** A sample covers at most an hour, so one that started this long before a range may reach into it, ms. */
const LONGEST_SAMPLE_MS = 3_600_000;

type PresenceRow = { process: string; role: string; from: Date; to: Date };

/** When each web process reported in a range, as spans without a gap, oldest first: those noted already, and the samples after them. */
export async function readPresences(db: PrismaClient, from: number, to: number): Promise<Presence[]> {
  const rolledUntil = await readRolledUntil(db, "samples");
  const since = Math.max(from - LONGEST_SAMPLE_MS, rolledUntil);
  const [noted, latest] = await Promise.all([
    db.presence.findMany({
      where: { to: { gt: new Date(from) }, from: { lte: new Date(to) }, role: "web" },
      orderBy: { from: "asc" },
      select: { process: true, role: true, from: true, to: true },
    }),
    db.$queryRawUnsafe<PresenceRow[]>(
      `SELECT * FROM (${presencesIn(`role = 'web' AND at >= $1 AND at <= $2`)}) p WHERE "to" > $3 ORDER BY "from"`,
      new Date(since),
      new Date(to),
      new Date(from),
    ),
  ]);
  return joinPresences(
    [...noted, ...latest].map((row) => ({ ...row, from: row.from.getTime(), to: row.to.getTime() })),
  );
}

/** Joins spans of one process that follow each other without a gap. */
function joinPresences(presences: Presence[]): Presence[] {
  const last = new Map<string, Presence>();
  return presences.filter((presence) => {
    const before = last.get(presence.process);
    if (before && presence.from - before.to <= SILENT_AFTER_SECONDS * 1000) {
      before.to = Math.max(before.to, presence.to);
      return false;
    }
    last.set(presence.process, presence);
    return true;
  });
}
