import type pg from "pg";

/**
 * Lets connections to this database have another time: functions of this name shadow Postgres's own. Only connections opened
 * afterwards, with the address that `shiftedUrl` returns, see another time; for all others nothing changes.
 */
export async function installClock(pool: pg.Pool, databaseUrl: string): Promise<void> {
  const database = new URL(databaseUrl).pathname.slice(1);
  const functions = ["now", "statement_timestamp", "clock_timestamp"].map(
    (name) => `CREATE FUNCTION test_clock.${name}() RETURNS timestamptz VOLATILE LANGUAGE sql AS
      $$ SELECT pg_catalog.${name}() + COALESCE(NULLIF(current_setting('test_clock.shift_ms', true), ''), '0')::float8
        * interval '1 ms' $$;`,
  );
  await pool.query(`CREATE SCHEMA test_clock; ${functions.join("\n")}`);
  await pool.query(`ALTER DATABASE ${database} SET search_path = test_clock, pg_catalog, public`);
}

/** The database's address for connections whose clock is `shiftMs` ahead. */
export function shiftedUrl(databaseUrl: string, shiftMs: number): string {
  const url = new URL(databaseUrl);
  url.searchParams.set("options", `-c test_clock.shift_ms=${Math.round(shiftMs)}`);
  return url.href;
}
