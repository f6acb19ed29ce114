import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { build, buildIsCurrent } from "../../scripts/services/build";
import { reapNow } from "../../scripts/services/reaper";
import { onStopRequest } from "../../scripts/services/stop-request";
import { largeSuite } from "./large";
import { liveSuite } from "./live";
import { pinToOtherCores } from "./machine";
import { type Case, lineOf, measureRounds, type Result, type Suite } from "./measure";
import { memorySuite } from "./memory";
import { remixSuite } from "./remix";
import { severalSuite } from "./several";
import { startSuite } from "./start";
import { syncSuite } from "./sync";
import { viewSuite } from "./views";
import { webMemorySuite } from "./web-memory";
import { weightSuite } from "./weight";

const suites: Suite[] = [
  viewSuite(),
  severalSuite(),
  liveSuite(),
  remixSuite(),
  syncSuite(),
  memorySuite(),
  webMemorySuite(),
  startSuite(),
  weightSuite(),
  largeSuite(),
];
const allNames = suites.flatMap(({ cases }) => cases.map(({ name }) => name));
/** They take minutes each, so they run only when asked for. */
const onRequest = [
  "memory-per-view-10m",
  ...[webMemorySuite(), largeSuite()].flatMap(({ cases }) => cases.map(({ name }) => name)),
];

const help = `npm run bench -- [--only NAME]... [--rounds N] [--json FILE]

Measures what Tidemark costs on this machine, each figure as a ratio to a reference of the same round. Absolute figures depend
on the machine; ratios hardly do.

  --only NAME   this case and its reference; a name that ends in * stands for all that begin so
  --rounds N    rounds of every case, rather than what each has by itself
  --json FILE   writes the results as JSON: [{name, value, unit, reference, referenceValue, ratio, p50, p95, p99}]

Cases: ${allNames.join(", ")}.
Only when asked for: ${onRequest.join(", ")}.
`;

async function main() {
  const options = readOptions();
  if (options === null) return console.log(help);
  if (!buildIsCurrent()) {
    say("building the site");
    await build();
  }
  say("");
  console.log(`${pinToOtherCores()}; medians\n`);
  const results: Result[] = [];
  for (const suite of suites) {
    const cases = withReferences(suite.cases, options.wants);
    if (cases.length === 0) continue;
    say("starting what is measured");
    try {
      const measurements = await suite.open(new Set(cases.map(({ name }) => name)));
      const found = await measureRounds(cases, measurements, options.rounds ?? suite.rounds, say);
      say("");
      for (const result of found) console.log(lineOf(result));
      if (suite.note) console.log(suite.note);
      results.push(...found);
    } finally {
      say("");
      await suite.close();
    }
  }
  if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
}

/** The wanted cases and those that they are compared with, which may have references of their own. */
function withReferences(cases: readonly Case[], wants: (name: string) => boolean): Case[] {
  const names = new Set<string | undefined>(cases.map(({ name }) => name).filter(wants));
  for (const added of names) names.add(cases.find(({ name }) => name === added)?.reference);
  return cases.filter(({ name }) => names.has(name));
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true },
      rounds: { type: "string" },
      json: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return null;
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0))
    throw new Error(`--rounds: "${values.rounds}" is not a number of rounds.`);
  const matches = (pattern: string, name: string) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  for (const pattern of values.only ?? [])
    if (!allNames.some((name) => matches(pattern, name)))
      throw new Error(`--only: there is no case "${pattern}". The cases are ${allNames.join(", ")}.`);
  const wants = (name: string) =>
    values.only ? values.only.some((pattern) => matches(pattern, name)) : !onRequest.includes(name);
  return { wants, rounds, json: values.json };
}

/** Overwrites the line that says what runs now; on a terminal only. */
function say(line: string) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}

/** Ends everything that was started and exits. */
async function leave(code: number): Promise<void> {
  await reapNow();
  process.exit(code);
}

onStopRequest(() => leave(130));
main().then(
  () => leave(0),
  (error: Error) => {
    console.error(error.message);
    return leave(1);
  },
);
