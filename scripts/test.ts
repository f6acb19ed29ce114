import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./services/build";
import { findChromium } from "./services/chromium";
import {
  failedInPlaywright,
  failedInVitest,
  type PlaywrightReport,
  type VitestReport,
} from "./services/failed-tests";
import { freePort } from "./services/free-port";
import { startPostgres } from "./services/postgres";
import { ended } from "./services/process";
import { seconds } from "./services/progress";
import { reapNow, scratchFolder, spawnReaped } from "./services/reaper";
import { findRedis, startRedis } from "./services/redis";
import { onStopRequest } from "./services/stop-request";

/** The result of a step. When something failed, the output is shown at once, and what failed once more at the end of all. */
type Result = { passed: number; failed: number; output: string; failures?: string[] };
type Step = { name: string; skip?: () => boolean; run: () => Promise<Result> };

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const bin = (name: string) => path.join("node_modules", ".bin", name);
const scratch = scratchFolder("test");
// Temporary files of the steps (a browser's profile, for example) are in our folder too, and are removed with it.
let environment: NodeJS.ProcessEnv = { ...process.env, NODE_ENV: "test", TMPDIR: scratch };
let starting: Promise<void> | undefined;
let leaving = false;

const vitestFolders = ["unit", "contract", "integration", "faults"];
const steps: Step[] = [
  { name: "typecheck", run: () => command([bin("tsc")]) },
  { name: "lint", run: () => command([bin("biome"), "check", "."]) },
  { name: "rooms", skip: () => !existsSync(".dependency-cruiser.cjs"), run: rooms },
  { name: "build", run: () => build().then(passedOne, failedOne) },
  { name: "vitest", skip: () => !vitestFolders.some((folder) => hasFiles(`tests/${folder}`)), run: vitest },
  { name: "e2e", skip: () => !existsSync("playwright.config.ts") || !hasFiles("tests/e2e"), run: playwright },
];

process.chdir(root);
onStopRequest(() => finish(1, "The tests were stopped."));

main().catch((error: unknown) => finish(1, error instanceof Error ? error.message : String(error)));

async function main(): Promise<void> {
  const total = { passed: 0, failed: 0, failures: [] as string[] };
  for (const step of selectedSteps()) {
    if (step.skip?.()) continue;
    const startedMs = Date.now();
    process.stdout.write(`${step.name.padEnd(10)} … `);
    const result = await step.run().catch(failedOne);
    if (leaving) return;
    const failed = result.failed > 0;
    console.log(
      `${failed ? `${result.failed} FAILED` : "ok"}, ${result.passed} passed, ${seconds(startedMs)}`,
    );
    if (failed) console.log(`\n${result.output.trim()}\n`);
    total.passed += result.passed;
    total.failed += result.failed;
    total.failures.push(...(result.failures ?? []));
  }
  // Where only the end of a long output is kept, this says why.
  if (total.failures.length) console.log(`${total.failures.join("\n\n")}\n`);
  await finish(total.failed === 0 ? 0 : 1, `${total.passed} passed, ${total.failed} failed`);
}

/** The steps that `--only vitest,e2e` names, or all of them. */
function selectedSteps(): Step[] {
  const at = process.argv.findIndex((argument) => argument === "--only" || argument.startsWith("--only="));
  if (at < 0) return steps;
  const names = (process.argv[at]?.split("=")[1] ?? process.argv[at + 1] ?? "").split(",");
  const unknown = names.find((name) => !steps.some((step) => step.name === name));
  if (unknown === undefined) return steps.filter((step) => names.includes(step.name));
  throw new Error(
    `--only: there is no step "${unknown}". The steps are ${steps.map(({ name }) => name).join(", ")}.`,
  );
}

function rooms(): Promise<Result> {
  const folders = ["app", "server", "worker", "scripts", "tests", "prisma"].filter((folder) =>
    existsSync(folder),
  );
  return command([bin("depcruise"), ...folders, "--config", ".dependency-cruiser.cjs"]);
}

async function vitest(): Promise<Result> {
  await Promise.all([startServices(), buildIfMissing()]);
  const report = path.join(scratch, "vitest.json");
  const { output, code } = await runProgram([
    bin("vitest"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile=${report}`,
  ]);
  const found = readReport<VitestReport>(report);
  if (!found) return failedOne(output);
  // A file that cannot be loaded fails as a suite and has no tests to count.
  const failed = found.numFailedTests || (code === 0 ? 0 : Math.max(1, found.numFailedTestSuites));
  return { passed: found.numPassedTests, failed, output, failures: failedInVitest(found) };
}

async function playwright(): Promise<Result> {
  await startServices();
  const report = path.join(scratch, "playwright.json");
  environment = { ...environment, CHROMIUM_PATH: findChromium(), PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  const { output, code } = await runProgram([bin("playwright"), "test", "--reporter=line,json"]);
  const found = readReport<PlaywrightReport>(report);
  if (!found) return failedOne(output);
  const { expected, unexpected, flaky } = found.stats;
  const failures = failedInPlaywright(found);
  return { passed: expected + flaky, failed: unexpected || (code === 0 ? 0 : 1), output, failures };
}

/** Tests that start the site's processes need a build, and would make it at the same time as others use it. */
async function buildIfMissing(): Promise<void> {
  if (!existsSync("build/server/index.js")) await build();
}

/** One throwaway Postgres and Redis for all tests; each test file makes its own databases in them. */
function startServices(): Promise<void> {
  starting ??= (async () => {
    const source = findRedis();
    if ("missing" in source) throw new Error(`The tests need Redis: ${source.missing}.`);
    const paths = (name: string) => ({
      dir: path.join(scratch, name),
      logFile: path.join(scratch, `${name}.log`),
    });
    const [postgres, redis] = await Promise.all([
      startPostgres({ ...paths("postgres"), port: await freePort(), throwaway: true }),
      startRedis(source, { ...paths("redis"), port: await freePort() }),
    ]);
    environment = { ...environment, TEST_DATABASE_URL: postgres.url, TEST_REDIS_URL: redis.url };
    // Tests that stop and freeze Redis start their own server, with the same program.
    if ("program" in source) environment.TEST_REDIS_PROGRAM = source.program;
  })();
  return starting;
}

async function command(words: string[]): Promise<Result> {
  const { code, output } = await runProgram(words);
  return code === 0 ? passedOne() : failedOne(output);
}

async function runProgram([program = "", ...args]: string[]): Promise<{
  code: number | null;
  output: string;
}> {
  const child = spawnReaped(program, args, {
    env: environment,
    detached: true,
    endWith: "SIGKILL",
    outputs: ["pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (data) => {
      output += data;
    });
  const { code } = await ended(child);
  return { code, output };
}

/** Ends everything that was started, whatever happened, and prints the last line. */
async function finish(code: number, lastLine: string): Promise<void> {
  if (leaving) return;
  leaving = true;
  await reapNow();
  console.log(lastLine);
  process.exit(code);
}

function passedOne(): Result {
  return { passed: 1, failed: 0, output: "" };
}

function failedOne(reason: unknown): Result {
  return { passed: 0, failed: 1, output: reason instanceof Error ? reason.message : String(reason) };
}

function readReport<T>(file: string): T | undefined {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

function hasFiles(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length > 0;
}
