import { parseArgs } from "node:util";
import { type DrillCheck, readDrills } from "../app/alerts/drills/read-drills";
import { recordDrills } from "../app/alerts/drills/record-drills";
import { abortDrill, startDrill } from "../app/alerts/drills/start-drill";
import { connectDatabase } from "../app/platform/postgres";
import { locateSite } from "./replay/locate-site";

const usage = `Usage: npm run drill -- [--seconds N] [--wait N]
Rehearses an outage of Redis for N seconds (120) on a running site, through its database; nothing is stopped. Then waits up
to --wait seconds (600) for the recovery and prints the result of each step. Ctrl-C ends the drill early.`;

const ACTOR = { id: null, email: "npm run drill" };
const POLL_EVERY_MS = 1000;

main().catch((error: Error) => {
  console.error(`drill: ${error.message}`);
  process.exitCode = 1;
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "120" },
      wait: { type: "string", default: "600" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const [seconds, wait] = [Number(values.seconds), Number(values.wait)];
  if (!Number.isInteger(wait) || wait < 0) throw new Error("--wait: must be a whole number of seconds.");
  const { databaseUrl } = locateSite(undefined);
  const { db, pool } = connectDatabase(databaseUrl, { max: 2, onError: () => undefined });
  try {
    const id = await startDrill(db, ACTOR, seconds);
    const abort = () => {
      abortDrill(db, ACTOR).catch((error: Error) => console.error(`drill: ${error.message}`));
    };
    process.on("SIGINT", abort);
    console.error(`drill ${id}: ${seconds} seconds, started; Ctrl-C ends it.`);
    const drill = await follow(id, (seconds + wait) * 1000);
    console.log(`Drill ${id}, ${drill.startedAt.toISOString()}`);
    console.table(drill.checks);
    if (drill.checks.some((check) => isNeeded(check) && check.happened !== "yes")) process.exitCode = 1;
  } finally {
    await db.$disconnect();
    await pool.end();
  }

  /** Prints each step when it is reached, until all are reached or the time is up. */
  async function follow(id: number, ms: number) {
    const deadline = Date.now() + ms;
    const printed = new Set<string>();
    for (;;) {
      await recordDrills(db);
      const drill = (await readDrills(db, new Date())).drills.find((one) => one.id === id);
      if (!drill) throw new Error("the drill is no longer in the database.");
      for (const { step, happened, message } of drill.checks)
        if (happened === "yes" && !printed.has(step)) {
          printed.add(step);
          console.error(`drill ${id}: ${step}: ${message}`);
        }
      if (drill.checks.every(({ happened }) => happened !== "not yet") || Date.now() > deadline) return drill;
      await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
    }
  }
}

/** The steps that every drill must reach. An alert needs a drill that is long enough, and the other steps may need a reader. */
const isNeeded = ({ step }: DrillCheck) => ["Noticed", "All switched", "All recovered"].includes(step);
