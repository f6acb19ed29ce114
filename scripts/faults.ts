import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type FaultName, faultNames, faults } from "../tests/faults/faults";
import { runHarness, type Totals } from "../tests/faults/harness";
import type { RunResult } from "../tests/faults/run";
import { onStopRequest } from "./services/stop-request";

const help = `npm run faults -- [--seed N] [--runs N] [--minutes N] [--fault NAME] [--window HOURS] [--keep]

Real Redis, Postgres, web processes and workers; simulated readers; faults drawn from the seed. Then every count is compared
with a model that is independent of the tracker. Exits with 1 if a view was lost or doubled or anything else did not add up.

  --seed N      seed of the first run (1); each later run has the next number
  --runs N      runs in which a fault fired (20; no limit with --minutes)
  --minutes N   stop after this long
  --window N    the dedupe window of all processes, hours (24)
  --keep        keep the logs of all processes and print where they are
  --fault NAME  this fault in every run; otherwise each seed selects one of these:
${faultNames.map((name) => `                  ${name.padEnd(16)}${faults[name].about}`).join("\n")}
                  ${"mixed".padEnd(16)}several of them in one run
`;

process.chdir(path.join(path.dirname(fileURLToPath(import.meta.url)), ".."));
main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});

async function main() {
  const options = readOptions();
  if (options === null) return console.log(help);
  const abort = new AbortController();
  const stop = () => {
    // The second time, exit at once: the reaper ends what was started.
    if (abort.signal.aborted) process.exit(130);
    console.error("Stopping after this run …");
    abort.abort();
  };
  onStopRequest(stop);
  const totals = await runHarness({
    ...options,
    onRun: (run, counts) => console.log(lineOf(run, counts)),
    signal: abort.signal,
  });
  for (const run of totals.failed) console.log(failureOf(run, options));
  console.log(summaryOf(totals));
  const failed = totals.lost + totals.doubled + totals.failed.length > 0;
  process.exit(failed ? 1 : abort.signal.aborted ? 130 : totals.runs === 0 ? 1 : 0);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      runs: { type: "string" },
      minutes: { type: "string" },
      fault: { type: "string" },
      window: { type: "string" },
      keep: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return null;
  const minutes = values.minutes === undefined ? undefined : number("--minutes", values.minutes);
  const runs =
    values.runs === undefined ? (minutes ? Number.POSITIVE_INFINITY : 20) : number("--runs", values.runs);
  const seed = values.seed === undefined ? 1 : number("--seed", values.seed);
  const names: string[] = [...faultNames, "mixed"];
  if (values.fault !== undefined && !names.includes(values.fault))
    throw new Error(`--fault: there is no fault "${values.fault}". The faults are ${names.join(", ")}.`);
  const windowHours = values.window === undefined ? 24 : number("--window", values.window);
  if (!Number.isInteger(windowHours) || windowHours < 1 || windowHours > 168)
    throw new Error("--window: a window has 1 to 168 whole hours.");
  const fault = values.fault as FaultName | "mixed" | undefined;
  return { seed, runs, minutes, windowHours, keep: values.keep, fault };
}

function number(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${option}: "${text}" is not a number.`);
  return value;
}

function lineOf(run: RunResult, counts: boolean): string {
  const { redis, database, journal, ambiguous, refused } = run.tally;
  const ways = `redis ${redis}, database ${database}, journal ${journal}, sent again ${ambiguous}, refused ${refused}`;
  const state = run.problems.length > 0 ? "WRONG" : counts ? "ok" : "no fault fired: does not count";
  const unplanned = run.unplanned > 0 ? `, unplanned outages ${run.unplanned}` : "";
  return `seed ${run.seed} ${run.name}${run.live ? " live" : ""}: views ${run.views} (${ways})${unplanned}, faults ${run.fired}, lost ${run.lost}, doubled ${run.doubled}, ${(run.ms / 1000).toFixed(1)} s: ${state}`;
}

function failureOf(run: RunResult, { fault, windowHours }: { fault?: string; windowHours: number }): string {
  const more = `${fault ? ` --fault ${fault}` : ""}${windowHours === 24 ? "" : ` --window ${windowHours}`}`;
  const again = `npm run faults -- --seed ${run.seed} --runs 1${more}`;
  const lines = [...run.faults.map((one) => `fault: ${one}`), ...run.problems];
  return `\nseed ${run.seed} failed; repeat it with: ${again}\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

const summaryOf = ({ runs, views, faults: fired, lost, doubled }: Totals) =>
  `runs=${runs} views=${views} faults=${fired} lost=${lost} doubled=${doubled}`;
