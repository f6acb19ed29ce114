/** A time in which a web process did not count in Redis. */
export interface AwayPeriod {
  process: string;
  from: Date;
  /** Null while it lasts. */
  to: Date | null;
  /** Where it counts instead: "database" or "journal". */
  mode: string;
  reason: string;
}

/** Where web processes count now and counted lately. */
export interface Away {
  /** The web processes that report. */
  reporting: number;
  /** Oldest first. Those of processes that no longer report have ended. */
  periods: AwayPeriod[];
}

/** A drill, to its planned end or the one that an operator gave it. */
export interface DrillPeriod {
  id: number;
  startedAt: Date;
  endsAt: Date;
}

/** A row of ModeChange. */
export interface ModeStep {
  at: Date;
  process: string;
  from: string;
  to: string;
  reason: string;
  /** It began with a drill. */
  isDrill?: boolean;
}

/** Back in Redis for less than this, ms, a process was not back: a probe succeeded, and the next view failed. */
const FLAP_MS = 5000;
/** After a drill's end, ms, its processes may still be on their way back to Redis. */
const DRILL_GRACE_MS = 10_000;
/** Clocks of processes and of Postgres differ, ms. */
const CLOCK_MS = 1000;

/**
 * The times away from Redis by process, from the changes of mode since `since`, oldest first, and from where each reporting process
 * counts now. Those of a process that are less than `FLAP_MS` apart are one, but a drill begins one of its own. Pure.
 */
export function findAwayPeriods(
  steps: readonly ModeStep[],
  current: readonly {
    process: string;
    mode: string;
    since: Date | null;
    reason: string;
    isDrill?: boolean;
  }[],
  since: Date,
): AwayPeriod[] {
  const periods = new Map<string, AwayPeriod[]>();
  const listOf = (process: string) => {
    const list = periods.get(process) ?? [];
    periods.set(process, list);
    return list;
  };
  const open = (process: string, mode: string, from: Date, reason: string, isDrill = false) => {
    const list = listOf(process);
    const last = list.at(-1);
    if (last && (last.to === null || (!isDrill && from.getTime() - last.to.getTime() < FLAP_MS)))
      Object.assign(last, { to: null, mode, reason: last.to === null ? last.reason : reason });
    else list.push({ process, from, to: null, mode, reason });
  };
  const close = (process: string, at: Date, before: string) => {
    const last = listOf(process).at(-1);
    if (last && last.to === null) last.to = at;
    // It was away before the first change that was read.
    else if (!last && before !== "redis" && before !== "started")
      listOf(process).push({ process, from: since, to: at, mode: before, reason: "" });
  };
  for (const { process, from, to, at, reason, isDrill } of steps)
    if (to === "redis") close(process, at, from);
    else open(process, to, at, reason, isDrill);
  for (const { process, mode, since: known, reason, isDrill } of current)
    if (mode !== "redis" && listOf(process).at(-1)?.to !== null)
      open(process, mode, known ?? listOf(process).at(-1)?.to ?? since, reason, isDrill);
  const alive = new Set(current.map(({ process }) => process));
  return [...periods.values()]
    .flat()
    .filter(({ process, to }) => to !== null || alive.has(process))
    .sort((a, b) => a.from.getTime() - b.from.getTime());
}

/** The drill that these periods are part of, all of them; null when one is not, or there is none. */
export function drillBehind(
  periods: readonly AwayPeriod[],
  drills: readonly DrillPeriod[],
  now: Date,
): DrillPeriod | null {
  const behind = periods.map(({ from, to }) =>
    drills.find(
      (drill) =>
        from.getTime() >= drill.startedAt.getTime() - CLOCK_MS &&
        (to ?? now).getTime() <= drill.endsAt.getTime() + DRILL_GRACE_MS,
    ),
  );
  return behind.every(Boolean) ? (behind.at(-1) ?? null) : null;
}
