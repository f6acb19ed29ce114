import pg from "pg";
import { ADVISORY_LOCKS } from "../../app/platform/advisory-locks";
import { rollUpExclusions } from "../../app/telemetry/roll-up/exclusions";
import { rollUpSamples } from "../../app/telemetry/roll-up/samples";
import { rollUpViews } from "../../app/telemetry/roll-up/views";
import { planHistory } from "./history";
import { writeLedger } from "./ledger";
import { writeOperations } from "./operations";
import { planStories } from "./plan";
import { writeSamples } from "./samples";
import { SLUG_PREFIX, writeStories } from "./stories";
import { writeViews } from "./views";

/** Sites with fewer hours of views also have fewer web processes, and so fewer samples. */
const MANY_HOURS = 1_000_000;
const AUDIT_EVENTS = 60_000;
const DEMO_DOMAIN = "%@tidemark.example";

export interface LargeOptions {
  /** Hourly rows of views. */
  hours: number;
  now?: Date;
  onProgress?: (line: string) => void;
}

/**
 * Adds the large site to a demo site, in one transaction: an interruption leaves nothing behind. @returns false if it is there already.
 * @throws Error with one line, and nothing has changed, when the database belongs to people other than the demo's.
 */
export async function fillLarge(
  databaseUrl: string,
  { hours, now = new Date(), onProgress: say = () => {} }: LargeOptions,
): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query("BEGIN");
    await client.query("SELECT pg_advisory_xact_lock($1)", [ADVISORY_LOCKS.seed]);
    await refuseOthers(client);
    if (await isFilled(client)) return false;
    const history = planHistory(now);
    const plans = planStories(hours, history.hours);
    await client.query("SELECT setseed(0.5)");
    // Estimates for tables that were empty a moment ago would make it slow; and sorts of a million rows fit.
    await client.query("SET LOCAL tidemark.import = 'on'");
    await client.query("SET LOCAL work_mem = '256MB'; SET LOCAL jit = off");
    say(`Writing ${plans.length.toLocaleString("en")} stories`);
    await writeStories(client, plans, history);
    await writeViews(client, history, say);
    say("Writing the rows of outages and the ledger");
    await writeLedger(client, history);
    say("Writing two years of samples");
    const isLarge = hours >= MANY_HOURS;
    await writeSamples(client, history, isLarge ? 4 : 1);
    await writeOperations(client, history, isLarge ? AUDIT_EVENTS : AUDIT_EVENTS / 6);
    await client.query("COMMIT");
    say("Analysing the tables");
    await client.query("VACUUM (ANALYZE)");
    await rollUp(databaseUrl, client);
    return true;
  } finally {
    // Ends an open transaction too: Postgres rolls back when the connection closes.
    await client.end();
  }
}

async function refuseOthers(client: pg.Client) {
  const { rows } = await client.query<{ email: string }>(
    `SELECT email FROM "User" WHERE email NOT LIKE $1 LIMIT 1`,
    [DEMO_DOMAIN],
  );
  if (rows[0])
    throw new Error(
      `This database has an account that is not the demo's (${rows[0].email}), so nothing was written: give DATABASE_URL an empty database, or that of a demo site.`,
    );
}

async function isFilled(client: pg.Client) {
  const { rowCount } = await client.query(`SELECT FROM "Story" WHERE slug LIKE $1 LIMIT 1`, [
    `${SLUG_PREFIX}%`,
  ]);
  return rowCount !== 0;
}

/** What was rolled up before is made anew: the history is older than that. */
async function rollUp(databaseUrl: string, client: pg.Client) {
  await client.query(
    `TRUNCATE "RollUp", "SampleTotal", "Presence", "ExclusionHour", "ViewMonth", "ViewDetailMonth", "StaleDay"`,
  );
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  try {
    await rollUpSamples(pool);
    await rollUpExclusions(pool);
    await rollUpViews(pool);
    await client.query(
      `VACUUM (ANALYZE) "SampleTotal", "Presence", "ExclusionHour", "ViewMonth", "ViewDetailMonth"`,
    );
  } finally {
    await pool.end();
  }
}
