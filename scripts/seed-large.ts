import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { migrate } from "../prisma/migrate";
import { seed } from "../prisma/seed";
import { locateSite } from "./replay/locate-site";
import { fillLarge } from "./seed-large/fill";
import { seconds } from "./services/progress";

const FULL_SIZE = 10_000_000;

const help = `npm run seed:large -- [--hours N]

Adds a large site to a demo site, for looking at its pages and measuring them: ${FULL_SIZE.toLocaleString("en")} hourly rows of views over 2,000 stories,
two years of samples, syncs, outages and audit events, which all add up. It takes minutes, and some 4 GB of disk. The database is
DATABASE_URL, or that of a running npm start. An empty one gets the demo first, with its public passwords; one with any other
account is left alone.

  --hours N   so many hourly rows of views instead
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { hours: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return console.log(help);
  const hours = values.hours === undefined ? FULL_SIZE : Number(values.hours);
  if (!Number.isInteger(hours) || hours < 1000)
    throw new Error(`--hours: "${values.hours}" is not a number of at least 1000.`);
  if (existsSync(".env")) process.loadEnvFile(".env");
  const { databaseUrl, ownerUrl } = locateSite(undefined);
  const startedMs = Date.now();
  await migrate(ownerUrl, undefined, databaseUrl);
  // The large site has a past of its own for operators.
  await seed(ownerUrl, { onProgress: console.log, operations: false });
  const filled = await fillLarge(ownerUrl, {
    hours,
    onProgress: (line) => console.log(`${line} (${seconds(startedMs)})`),
  });
  console.log(
    filled
      ? `The large site is there, after ${seconds(startedMs)}.`
      : "The large site is there already; nothing was changed.",
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
