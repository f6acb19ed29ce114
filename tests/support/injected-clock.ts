import type pg from "pg";
import { vi } from "vitest";
import type { every } from "../../app/platform/every";

/** A loop of a process, which turns by the test's clock. */
interface Loop {
  ms: number;
  dueAt: number;
  /** Whether its last turn has ended. */
  idle: boolean;
  run(): Promise<void>;
}

const loops = new Set<Loop>();
/**
 * A turn that takes longer, ms of the real clock, is left alone, and its loop skips its next turns: while Redis is frozen, an answer
 * may not come before it goes on.
 */
const TURN_MS = 10_000;

/**
 * `every` for a test that moves the clock itself: the loops of all processes in this test turn when `pass` says that their time has
 * come. Mock `app/platform/every` with it. Timeouts, probes and reconnections stay with the real clock, as does the network.
 */
export const everyByClock: typeof every = (ms, work, onError, { firstAfterMs } = {}) => {
  let running = Promise.resolve();
  const loop: Loop = {
    ms,
    dueAt: Date.now() + (firstAfterMs ?? ms),
    idle: true,
    run() {
      loop.idle = false;
      running = work()
        .catch(onError)
        .finally(() => {
          loop.idle = true;
        });
      return running;
    },
  };
  loops.add(loop);
  if (firstAfterMs === undefined) void loop.run();
  return async () => {
    loops.delete(loop);
    await running;
  };
};

/**
 * Lets Postgres have a time that the test sets, for all connections to this database that are opened afterwards. @returns a function
 * that sets it.
 */
async function installDatabaseClock(
  pool: pg.Pool,
  databaseUrl: string,
): Promise<(at: Date) => Promise<void>> {
  const functions = ["now", "statement_timestamp", "clock_timestamp"].map(
    (name) => `CREATE FUNCTION test_clock.${name}() RETURNS timestamptz STABLE LANGUAGE sql AS
      $$ SELECT at FROM test_clock.hand $$;`,
  );
  await pool.query(`CREATE SCHEMA test_clock; CREATE TABLE test_clock.hand (at timestamptz NOT NULL);
    INSERT INTO test_clock.hand SELECT now(); ${functions.join("\n")}
    GRANT USAGE ON SCHEMA test_clock TO PUBLIC; GRANT SELECT ON test_clock.hand TO PUBLIC;`);
  const database = new URL(databaseUrl).pathname.slice(1);
  await pool.query(`ALTER DATABASE ${database} SET search_path = test_clock, pg_catalog, public`);
  return async (at) => {
    await pool.query("UPDATE test_clock.hand SET at = $1", [at]);
  };
}

/**
 * Gives this process and the database one clock that stands still until the test moves it. `Date` must be faked before the site's
 * modules are loaded: `vi.hoisted(() => vi.useFakeTimers({ toFake: ["Date"] }))`.
 */
export async function injectClock(pool: pg.Pool, databaseUrl: string) {
  const setDatabase = await installDatabaseClock(pool, databaseUrl);
  await setDatabase(new Date());

  async function turn(loop: Loop) {
    while (loop.dueAt <= Date.now()) loop.dueAt += loop.ms;
    if (!loop.idle) return;
    let timer: NodeJS.Timeout | undefined;
    const leftAlone = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, TURN_MS);
    });
    await Promise.race([loop.run(), leftAlone]);
    clearTimeout(timer);
  }

  return {
    /** Moves the clock, in steps of a second unless stated. After each, the loops that are due take their turns, side by side. */
    async pass(seconds: number, step = 1) {
      for (let passed = 0; passed < seconds; passed += step) {
        const now = new Date(Date.now() + step * 1000);
        await setDatabase(now);
        vi.setSystemTime(now);
        await Promise.all([...loops].filter(({ dueAt }) => dueAt <= Date.now()).map(turn));
      }
    },
  };
}
