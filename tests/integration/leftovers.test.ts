import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ended, isAlive } from "../../scripts/services/process";
import { scratchFolder, spawnReaped } from "../../scripts/services/reaper";
import { until } from "../support/until";
import { needBuild } from "../support/web-process";

/** Every look reads the environment of every process on the machine, ms. */
const LOOK_EVERY_MS = 250;

/** Everything that a command starts has this folder in its environment, its arguments or its working directory. */
let home: string;
let data: string;
let child: ChildProcess;
let output: string;
beforeAll(needBuild, 120_000);
beforeEach(() => {
  home = scratchFolder("leftovers");
  data = path.join(home, "data");
});
afterEach(async () => {
  if (child.pid !== undefined && isAlive(child.pid)) process.kill(child.pid, "SIGKILL");
  await until("the end of every process", () => family().length === 0, 60_000, LOOK_EVERY_MS);
  rmSync(home, { recursive: true, force: true });
});

const node = (...args: string[]) => [process.execPath, "--import", "tsx", ...args];
const commands = {
  "npm start": () => node("scripts/start.ts", "--data", data, "--small-seed"),
  // Without the install that precedes it: the packages are in use.
  "npm start, run by npm": () => ["npm", "start", "--ignore-scripts", "--", "--data", data, "--small-seed"],
  "npm test": () => node("scripts/test.ts", "--only", "e2e"),
  "npm run bench": () => node("tests/bench/run.ts"),
  "npm run faults": () => node("scripts/faults.ts", "--runs", "1"),
};

const group = (signal: NodeJS.Signals) => (pid: number) => process.kill(-pid, signal);
const endings = {
  "SIGKILL of the command alone": (pid: number) => process.kill(pid, "SIGKILL"),
  "SIGTERM to the process group": group("SIGTERM"),
  "SIGKILL of the process group": group("SIGKILL"),
  "Ctrl-C": group("SIGINT"),
};

const running = (pattern: RegExp, atLeast = 1) =>
  family().filter((command) => pattern.test(command)).length >= atLeast;
const moments = {
  "initdb runs": () => running(/\/initdb /),
  "Postgres runs": () => running(/\/postgres -D/),
  "a browser test's own Redis runs": () => running(/redis-server|valkey-server/, 2),
  "a web process runs": () => running(/server\/index\.ts|programs\/web\.js/),
  "the site answers": () => output.includes("Ctrl-C stops everything."),
};

describe.runIf(existsSync("/proc/self/environ"))("no process and no scratch folder is left behind by", () => {
  it.each<[keyof typeof commands, keyof typeof endings, keyof typeof moments]>([
    ["npm start", "SIGTERM to the process group", "initdb runs"],
    ["npm start", "SIGKILL of the command alone", "Postgres runs"],
    ["npm test", "SIGTERM to the process group", "a browser test's own Redis runs"],
    ["npm test", "SIGKILL of the command alone", "a web process runs"],
    ["npm run bench", "Ctrl-C", "a web process runs"],
    ["npm run faults", "SIGKILL of the command alone", "a web process runs"],
  ])(
    "%s after %s while %s",
    async (command, ending, moment) => {
      await startUntil(command, moment);
      await endWith(ending);
      await expectNothingLeft();
    },
    240_000,
  );

  it("a command that is killed in the moment in which it starts a program", async () => {
    child = spawn(process.execPath, ["--import", "tsx", "tests/support/killed-while-starting.ts", home], {
      detached: true,
      stdio: "inherit",
    });
    expect(await ended(child)).toEqual({ code: null, signal: "SIGKILL" });
    await expectNothingLeft();
  });

  it("npm start when its process group is killed, it starts again at once, and then only its npm is killed", async () => {
    await startUntil("npm start", "the site answers");
    await endWith("SIGKILL of the process group");
    await startUntil("npm start, run by npm", "the site answers");
    await expectCompiled();
    await endWith("SIGKILL of the command alone");
    await expectNothingLeft();
    const log = readFileSync(path.join(data, "logs", "postgres.log"), "utf8");
    expect(log.match(/database system is shut down/g)).toHaveLength(2);
    expect(log).not.toContain("not properly shut down");
  }, 480_000);
});

/** Starts the command and waits until it has reached that point. */
async function startUntil(command: keyof typeof commands, moment: keyof typeof moments): Promise<void> {
  const [program = "", ...args] = commands[command]();
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    TMPDIR: home,
    JOURNAL_DIR: path.join(data, "journal"),
    PORT: "0",
  };
  // The site that `npm start` starts is not a test, and has its own servers.
  for (const name of ["NODE_ENV", "DATABASE_URL", "REDIS_URL"]) delete env[name];
  output = "";
  child = spawnReaped(program, args, { env, detached: true, endWith: "SIGKILL", outputs: ["pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (text) => {
      output += text;
    });
  const over = () => child.exitCode !== null || child.signalCode !== null;
  await until(`"${moment}" of ${command}`, () => over() || moments[moment](), 120_000, LOOK_EVERY_MS).catch(
    (error) => {
      throw new Error(`${error.message}. It printed:\n${output}`);
    },
  );
  if (over()) throw new Error(`${command} ended too early. It printed:\n${output}`);
}

async function endWith(ending: keyof typeof endings): Promise<void> {
  endings[ending](child.pid ?? 0);
  await ended(child);
}

async function expectNothingLeft(): Promise<void> {
  await until("no process", () => family().length === 0, 60_000, LOOK_EVERY_MS).catch(() => undefined);
  expect(family()).toEqual([]);
  // tsx keeps its cache among the temporary files, and so does npm from Node 22 on; the site keeps its data.
  const left = readdirSync(home).filter((name) => !/^(data|tsx-.*|node-compile-cache)$/.test(name));
  expect(left).toEqual([]);
  expect(existsSync(path.join("node_modules", ".cache", "tidemark-faults", String(child.pid)))).toBe(false);
}

/** Production runs compiled programs with source maps, and nothing through a loader. */
async function expectCompiled() {
  const ours = () => family().filter((command) => /^\S*\bnode /.test(command));
  const runs = (name: string) =>
    ours().some((command) =>
      new RegExp(`--enable-source-maps \\S*build/programs/${name}\\.js`).test(command),
    );
  await until("web, worker and reaper", () => ["web", "worker", "reaper"].every(runs), 20_000, LOOK_EVERY_MS);
  expect(ours().filter((command) => /tsx|--import|--loader|--require|\.ts\b/.test(command))).toEqual([]);
}

/** The command lines of all processes that the command has started, itself included. */
function family(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const [environment, command] = [read(`/proc/${pid}/environ`), read(`/proc/${pid}/cmdline`)];
      // A zombie has no command line.
      if (command === "") return [];
      return [environment, command, directoryOf(pid)].some((text) => text.includes(home))
        ? [command.replaceAll("\0", " ").trim()]
        : [];
    });
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

function directoryOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}
