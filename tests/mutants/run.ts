import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../scripts/services/free-port";
import { startPostgres } from "../../scripts/services/postgres";
import { ended } from "../../scripts/services/process";
import { reapNow, scratchFolder, spawnReaped } from "../../scripts/services/reaper";
import { findRedis, startRedis } from "../../scripts/services/redis";
import { onStopRequest } from "../../scripts/services/stop-request";
import { type Mutant, mutants } from "./mutants";

/**
 * `npm run mutants`: plants one mistake at a time in a copy of the sources and runs the tests that must notice it. Prints a line per
 * mistake and, last, how many survived. Arguments: words that a mistake's name must contain.
 * Exits with 1 if a mistake survives, if one cannot be planted any more, or if the tests fail without any.
 */
const root = fileURLToPath(new URL("../..", import.meta.url));
const COPIED = ["app", "prisma", "public", "scripts", "server", "tests", "worker"];
const COPIED_FILES = [
  "package.json",
  "tsconfig.json",
  "vite.programs.config.ts",
  "vitest.config.ts",
  "docker-compose.yml",
  ".env.example",
];
/** Two processors: two mistakes at a time, each with a copy of the sources and a Redis of its own. */
const LANES = 2;

type Lane = (tests: string[]) => Promise<{ passed: boolean; output: string }>;
interface Place {
  copy: string;
  run: Lane;
}

async function main(): Promise<number> {
  const words = process.argv.slice(2);
  const chosen = mutants.filter(({ name }) => words.every((word) => name.includes(word)));
  const stale = chosen.filter((mutant) => occurrences(mutant) !== 1);
  for (const { name, file } of stale)
    console.log(`STALE     ${name}: its text is not in ${file} exactly once`);
  const places = await prepare();

  const [first] = places;
  const tests = [...new Set(chosen.flatMap((mutant) => mutant.tests))];
  const control = await first?.run(tests);
  if (!control?.passed) throw new Error(`The tests fail without any mistake:\n${control?.output}`);
  console.log(`ok        without any mistake: ${tests.length} test files pass`);

  const waiting = chosen.filter((mutant) => !stale.includes(mutant));
  let survivors = 0;
  await Promise.all(
    places.map(async (place) => {
      for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
        const killed = await isKilled(mutant, place);
        if (!killed) survivors += 1;
        console.log(`${killed ? "killed   " : "SURVIVED "} ${mutant.name}`);
      }
    }),
  );
  console.log(`mutants=${chosen.length} survivors=${survivors} stale=${stale.length}`);
  return survivors + stale.length > 0 ? 1 : 0;
}

async function isKilled(mutant: Mutant, { copy, run }: Place): Promise<boolean> {
  const file = path.join(copy, mutant.file);
  const source = readFileSync(file, "utf8");
  writeFileSync(
    file,
    source.replace(mutant.find, () => mutant.replace),
  );
  try {
    for (const test of mutant.tests) if (!(await run([test])).passed) return true;
    return false;
  } finally {
    writeFileSync(file, source);
  }
}

const occurrences = ({ file, find }: Mutant) =>
  readFileSync(path.join(root, file), "utf8").split(find).length - 1;

async function prepare(): Promise<Place[]> {
  const source = findRedis();
  if (!("program" in source)) throw new Error("These tests need redis-server on the PATH.");
  const scratch = scratchFolder("mutants");
  const service = (name: string) => ({
    dir: path.join(scratch, name),
    logFile: path.join(scratch, `${name}.log`),
  });
  const postgres = await startPostgres({ ...service("postgres"), port: await freePort(), throwaway: true });
  const places: Place[] = [];
  for (let lane = 0; lane < LANES; lane += 1) {
    const redis = await startRedis(source, { ...service(`redis-${lane}`), port: await freePort() });
    const copy = path.join(scratch, `copy-${lane}`);
    for (const folder of COPIED)
      cpSync(path.join(root, folder), path.join(copy, folder), { recursive: true });
    for (const file of COPIED_FILES) cpSync(path.join(root, file), path.join(copy, file));
    symlinkSync(path.join(root, "node_modules"), path.join(copy, "node_modules"));
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      NODE_ENV: "test",
      TMPDIR: scratch,
      TEST_DATABASE_URL: postgres.url,
      TEST_REDIS_URL: redis.url,
      TEST_REDIS_PROGRAM: source.program,
    };
    places.push({ copy, run: (tests) => runTests(copy, env, tests) });
  }
  return places;
}

async function runTests(copy: string, env: NodeJS.ProcessEnv, tests: string[]) {
  const files = tests.map((test) => `tests/${test}.test.ts`);
  const vitest = path.join("node_modules", "vitest", "vitest.mjs");
  const child = spawnReaped(process.execPath, [vitest, "run", "--bail=1", ...files], {
    cwd: copy,
    env,
    detached: true,
    endWith: "SIGKILL",
    outputs: ["pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => (output += data));
  const { code } = await ended(child);
  return { passed: code === 0, output };
}

async function leave(code: number): Promise<void> {
  await reapNow();
  process.exit(code);
}

onStopRequest(() => leave(130));
main().then(leave, (error: Error) => {
  console.error(error.message);
  return leave(1);
});
