/** Why views were not counted in Redis: it could not be asked, or people wanted it so. */
export type IncidentKind = "unreachable" | "frozen" | "refusing" | "chosen" | "drill";

/** A process started to count in another store. */
export interface ModeMove {
  /** Unix ms. */
  at: number;
  process: string;
  from: string;
  to: string;
  reason: string;
}

/** A drill, from its start until it ended or was to end. Times are Unix ms. */
export interface DrillSpan {
  id: number;
  from: number;
  to: number;
}

/** A span of time in which one process did not count in Redis. Times are Unix ms; `to` is null while it lasts. */
export interface Absence {
  process: string;
  from: number;
  to: number | null;
  kind: IncidentKind;
  reason: string;
  /** The number of the drill that caused it. */
  drill: number | null;
  /** Some of it was counted in the journal, because Postgres was unreachable too. */
  journal: boolean;
}

/** An outage of the whole site: the absences of all processes that have one cause and belong together. */
export interface Outage {
  /** Unix ms. */
  from: number;
  /** Null while it lasts. */
  to: number | null;
  kind: IncidentKind;
  /** As the first process recorded it. */
  reason: string;
  drill: number | null;
  journal: boolean;
  /** The web processes that did not count in Redis, in order of their names. */
  processes: string[];
  /** How often a process left Redis in it: more often than there are processes when Redis came and went. */
  moves: number;
}

/** Absences of one cause this close together, ms, are one outage: Redis came back and went again. */
export const FLIP_MS = 10_000;
/** Breakers close shortly after a drill ends, ms. A process that stays away longer is away for another reason. */
const DRILL_TAIL_MS = 30_000;

/** The kind of an absence, by the reason that its process recorded; null where counting in Redis is switched off for good. */
export function kindOf(reason: string): { kind: IncidentKind; drill: number | null } | null {
  const drill = /^drill (\d+)\b/.exec(reason);
  if (drill) return { kind: "drill", drill: Number(drill[1]) };
  if (reason.startsWith("counting in Redis is switched off")) return null;
  if (reason.startsWith("an operator chose the database")) return { kind: "chosen", drill: null };
  if (/no answer within|did not answer/.test(reason)) return { kind: "frozen", drill: null };
  if (/connection/i.test(reason)) return { kind: "unreachable", drill: null };
  return { kind: "refusing", drill: null };
}

/**
 * The absences of all processes, from their moves. A process that stopped while it was away is away until it was last seen.
 * @param moves by time
 * @param lastSeen when the process last reported in a span of time, Unix ms; `null` as the span's end stands for now, and as the
 *   answer for a process that still runs
 */
export function absencesOf(
  moves: ModeMove[],
  lastSeen: (process: string, since: number, before: number | null) => number | null,
): Absence[] {
  const found: Absence[] = [];
  const open = new Map<string, Absence>();
  const close = (absence: Absence, at: number | null) => {
    open.delete(absence.process);
    found.push({ ...absence, to: at === null ? null : Math.max(at, absence.from) });
  };
  for (const { process, at, from, to, reason } of moves) {
    let current = open.get(process);
    if (current && from === "started") {
      close(current, lastSeen(process, current.from, at) ?? at);
      current = undefined;
    }
    if (to === "redis") {
      if (current) close(current, at);
    } else if (current) {
      if (to === "journal") current.journal = true;
    } else {
      const cause = kindOf(reason);
      if (cause)
        open.set(process, { process, from: at, to: null, ...cause, reason, journal: to === "journal" });
    }
  }
  for (const absence of [...open.values()]) close(absence, lastSeen(absence.process, absence.from, null));
  return found.sort((a, b) => a.from - b.from);
}

/** Cuts an absence that outlasted the drill that caused it: from the drill's end on, Redis itself was away. */
export function splitAtDrillEnd(absences: Absence[], drills: DrillSpan[]): Absence[] {
  const ends = new Map(drills.map(({ id, to }) => [id, to]));
  return absences.flatMap((absence): Absence[] => {
    const end = absence.drill === null ? undefined : ends.get(absence.drill);
    if (end === undefined || (absence.to !== null && absence.to <= end + DRILL_TAIL_MS)) return [absence];
    if (end <= absence.from) return [{ ...absence, ...afterDrill(absence) }];
    return [
      { ...absence, to: end },
      { ...absence, ...afterDrill(absence), from: end },
    ];
  });
}

const afterDrill = ({ drill }: Absence) => ({
  kind: "unreachable" as const,
  drill: null,
  reason: `Redis did not answer when drill ${drill} had ended`,
});

/** Redis that was frozen, lost or refusing is one cause, whatever each process saw of it; a choice and each drill are causes of their own. */
const causeOf = ({ kind, drill }: Absence) =>
  kind === "drill" ? `drill ${drill}` : kind === "chosen" ? "chosen" : "redis";

/** Merges absences of one cause that overlap, or follow each other within `FLIP_MS`, into outages, in order of their start. */
export function mergeAbsences(absences: Absence[]): Outage[] {
  const outages: Outage[] = [];
  const latest = new Map<string, Outage>();
  for (const absence of [...absences].sort((a, b) => a.from - b.from)) {
    const { process, from, to, kind, reason, drill, journal } = absence;
    const last = latest.get(causeOf(absence));
    if (last && (last.to === null || from - last.to <= FLIP_MS)) {
      last.to = last.to === null || to === null ? null : Math.max(last.to, to);
      last.journal ||= journal;
      last.moves += 1;
      if (!last.processes.includes(process)) last.processes = [...last.processes, process].sort();
    } else {
      const outage = { from, to, kind, reason, drill, journal, processes: [process], moves: 1 };
      latest.set(causeOf(absence), outage);
      outages.push(outage);
    }
  }
  return outages.sort((a, b) => a.from - b.from);
}
