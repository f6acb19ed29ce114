import type pg from "pg";

export interface DrillFollower {
  /** Checks for a drill once: holds the breaker while one runs, and releases it afterwards. Rejects when Postgres does not answer. */
  poll(): Promise<void>;
  /** Why this process counts in Redis again, if that is because a drill ended; undefined otherwise. */
  whyBack(): string | undefined;
  /** Releases the breaker now, and ignores drills from then on. */
  stop(): void;
}

interface JoinedDrill {
  id: number;
  recovered: boolean;
}

interface RunningDrill {
  id: number;
  msLeft: number;
  startedBy: string;
}

/** Every process asks this every second. Past Prisma, as everything that is polled. */
const RUNNING = {
  name: "running-drill",
  text: `SELECT id, (extract(epoch FROM "endsAt" - clock_timestamp()) * 1000)::float8 AS "msLeft", "startedBy"
    FROM "Drill" WHERE "endedAt" IS NULL AND "endsAt" > clock_timestamp() LIMIT 1`,
};

/**
 * One process's part in drills. It polls Postgres and remembers when the drill ends, so the drill also ends when Postgres is down
 * by then, or when the process that started it has died. It touches only the breaker that counting uses.
 */
export function followDrills(options: {
  pool: Pick<pg.Pool, "query">;
  process: string;
  role: string;
  hold(reason: string | null): void;
  /** The mode that this process counts in. */
  mode(): string;
  /** Counts the drill's own views, once this process counts elsewhere. Never rejects. */
  sendProbes(): Promise<unknown>;
}): DrillFollower {
  const { pool, hold } = options;
  let joined: JoinedDrill | null = null;
  let holding = false;
  let stopped = false;
  let endTimer: NodeJS.Timeout | undefined;

  function release() {
    clearTimeout(endTimer);
    if (!holding) return;
    holding = false;
    hold(null);
  }

  async function join(drill: RunningDrill) {
    const isNew = joined?.id !== drill.id;
    clearTimeout(endTimer);
    // Set again at every poll: an abort or a clock adjustment moves the end.
    endTimer = setTimeout(release, drill.msLeft);
    endTimer.unref();
    if (!holding) {
      holding = true;
      hold(`drill ${drill.id}: a rehearsed outage, started by ${drill.startedBy}`);
    }
    if (!isNew) return;
    joined = { id: drill.id, recovered: false };
    await pool.query(
      `INSERT INTO "DrillProcess" ("drillId", process, role, "heldAt") VALUES ($1, $2, $3, clock_timestamp())
       ON CONFLICT DO NOTHING`,
      [drill.id, options.process, options.role],
    );
    // Where counting in Redis is off, or the database is away too, there is no fallback to prove.
    if (options.mode() === "database") await options.sendProbes();
  }

  return {
    async poll() {
      const { rows } = await pool.query<RunningDrill>(RUNNING);
      if (stopped) return;
      if (rows[0]) return join(rows[0]);
      release();
      if (joined && !joined.recovered && options.mode() === "redis") {
        await pool.query(
          `UPDATE "DrillProcess" SET "recoveredAt" = clock_timestamp()
           WHERE "drillId" = $1 AND process = $2 AND "recoveredAt" IS NULL`,
          [joined.id, options.process],
        );
        joined = { ...joined, recovered: true };
      }
    },
    whyBack: () => (joined && !holding && !joined.recovered ? `drill ${joined.id} ended` : undefined),
    stop() {
      stopped = true;
      release();
    },
  };
}
