import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { readDemoRoles } from "../app/auth/demo-accounts";
import { areDemoReadersThere, changeDemoReaders, MOST_PER_SECOND } from "../app/platform/demo-readers";
import { type Env, readEnv } from "../app/platform/env";
import { connectDatabase } from "../app/platform/postgres";
import { runReaders } from "./demo/run-readers";
import { locateSite } from "./replay/locate-site";
import { onStopRequest } from "./services/stop-request";

const usage = `Usage: npm run demo -- [--rate N] [--stop]
Lets made-up readers read a running demo site, at N requests per second on average (1): more in the evening and on Sundays, fewer at
night. npm start does so by itself, and this changes its rate; where it does not, this sends the readers until Ctrl-C. Operators can stop
and start them on /admin. From about 2 per second on, the alert "A story is far above its usual" fires, as it should.

  --rate N   ${0.1} to ${MOST_PER_SECOND} requests per second; also starts the readers
  --stop     stops them
`;

const ACTOR = { id: null, email: "npm run demo" };

main().catch((error: Error) => {
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rate: { type: "string" },
      stop: { type: "boolean" },
      // Of npm start: only sends the readers, as the setting says.
      follow: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const rate = values.rate === undefined ? undefined : Number(values.rate);
  if (rate !== undefined && !(rate >= 0.1 && rate <= MOST_PER_SECOND))
    throw new Error(`--rate: "${values.rate}" is not a number from 0.1 to ${MOST_PER_SECOND}.`);
  if (values.stop && rate !== undefined) throw new Error("--rate starts the readers, so it excludes --stop.");
  if (existsSync(".env")) process.loadEnvFile(".env");
  const located = locateSite(values.follow);
  const env = siteEnv(located.databaseUrl);
  const { db, pool } = connectDatabase(located.databaseUrl, { max: 2, onError: () => undefined });
  let isThere = false;
  try {
    if ((await readDemoRoles(db, env)).length === 0)
      throw new Error(
        "this is not a demo site, so it has no made-up readers. SEED_DEMO=true and an empty database make one.",
      );
    if (!values.follow) {
      const change = values.stop
        ? { on: false }
        : { on: true, ...(rate !== undefined && { perSecond: rate }) };
      const { on, perSecond } = await changeDemoReaders(db, ACTOR, change);
      isThere = await areDemoReadersThere(db);
      console.log(on ? `The demo's readers: ${perSecond} requests per second.` : "The demo's readers stop.");
      if (!on) return;
    }
  } finally {
    await db.$disconnect();
    await pool.end();
  }
  if (isThere) return;
  const abort = new AbortController();
  onStopRequest(() => abort.abort());
  if (!values.follow) console.log(`They read ${located.baseUrl} until Ctrl-C.`);
  await runReaders({
    databaseUrl: located.databaseUrl,
    site: { url: located.baseUrl, trustedProxies: env.TRUST_PROXY },
    signal: abort.signal,
    say: (line) => console.error(line),
  });
}

/** The site's environment, as far as it decides whether the site is a demo and whose addresses it believes. */
function siteEnv(databaseUrl: string): Env {
  const given = Object.entries(process.env).filter(([, value]) => value?.trim());
  return readEnv({
    SESSION_SECRET: "-".repeat(32),
    REDIS_URL: "redis://127.0.0.1",
    ...Object.fromEntries(given),
    DATABASE_URL: databaseUrl,
  });
}
