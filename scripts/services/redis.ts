import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import path from "node:path";
import type { Service } from "./postgres";
import { commandLine, ended, isAlive, running, sleep, stopProcess, workingDirectory } from "./process";
import { spawnReaped } from "./reaper";
import { asRoot, findProgram, installPackage, run } from "./system-packages";

const startTimeoutMs = 30_000;
const programs = ["redis-server", "valkey-server"];
const image = "redis:8";

export type RedisOptions = {
  /** The directory of the append-only file, created when missing. A start on the same directory finds the same data. */
  dir: string;
  port: number;
  logFile: string;
  /** Letters and digits that every connection must give. Without it, any user of this machine may write counts. */
  password?: string;
  /** More settings, as on redis-server's command line (`["--appendfsync", "always"]`). Later ones win. */
  settings?: string[];
};

/** How this machine can run Redis, or the reason why it cannot. */
export type RedisSource = StartableRedis | { missing: string };
export type StartableRedis = { program: string } | { docker: true };

/**
 * Finds a way to run Redis: a server on the PATH, else one installed by the package manager (if that needs no password),
 * else docker. Installing may take a minute.
 */
export function findRedis(onInstall: () => void = () => undefined): RedisSource {
  const present = findProgram(...programs);
  if (present) return { program: present };
  onInstall();
  const refused = installPackage({ apt: "redis-server", brew: "redis" });
  const installed = findProgram(...programs);
  if (installed) {
    stopSystemService();
    return { program: installed };
  }
  if (findProgram("docker") && run(["docker", "info"])) return { docker: true };
  return {
    missing: `${refused ?? "redis-server was installed but is not on the PATH"}, and docker is not running`,
  };
}

/** Starts Redis from wherever findRedis found it. */
export function startRedis(source: StartableRedis, options: RedisOptions) {
  return "docker" in source ? startInDocker(options) : startRedisServer(source.program, options);
}

/**
 * Starts a redis-server (or valkey-server) on 127.0.0.1 that keeps everything it acknowledges in an append-only file and
 * refuses writes rather than evicting. A server that a killed start left running in this directory is stopped first. Resolves
 * when the server answers and its data is loaded.
 * @throws Error with the last lines of the log when it does not.
 */
export async function startRedisServer(program: string, options: RedisOptions): Promise<Service> {
  const dir = path.resolve(options.dir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  mkdirSync(path.dirname(options.logFile), { recursive: true });
  await stopLeftover(dir);
  const log = openSync(options.logFile, "a", 0o600);
  const child = spawnReaped(
    program,
    [
      ...passwordFile(dir, options.password),
      ...settings(options.port),
      "--dir",
      dir,
      ...pidFile(dir),
      ...(options.settings ?? []),
    ],
    { cwd: dir, detached: true, endWith: "SIGTERM", outputs: [log, log] },
  );
  closeSync(log);
  const stop = async () => {
    if (child.pid !== undefined && running(child)) await stopProcess(child.pid, "SIGTERM", 20_000);
    // A person may have stopped our server and started another in the same directory, to watch an outage.
    await stopLeftover(dir);
  };
  try {
    await answering(options, () => running(child));
  } catch (error) {
    await stop();
    const lines = existsSync(options.logFile)
      ? readFileSync(options.logFile, "utf8").trim().split("\n").slice(-3)
      : [];
    throw new Error(
      `Redis did not start: ${(error as Error).message}. Its log (${options.logFile}) ends:\n${lines.join("\n")}`,
    );
  }
  return { url: urlOf(options), pid: child.pid, ended: ended(child), stop };
}

const urlOf = ({ port, password }: RedisOptions) =>
  `redis://${password ? `:${password}@` : ""}127.0.0.1:${port}`;

/** A configuration file with the password, as the first argument: on the command line, every user of the machine would see it. */
function passwordFile(dir: string, password: string | undefined): string[] {
  if (password === undefined) return [];
  const file = path.join(dir, "redis.conf");
  rmSync(file, { force: true });
  writeFileSync(file, `requirepass ${password}\n`, { mode: 0o600 });
  return [file];
}

function settings(port: number, bind = "127.0.0.1"): string[] {
  const values: Record<string, string> = {
    port: String(port),
    bind,
    appendonly: "yes",
    appendfsync: "everysec",
    "maxmemory-policy": "noeviction",
    save: "",
    daemonize: "no",
  };
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
}

const pidFileOf = (dir: string) => path.join(dir, "redis.pid");
const pidFile = (dir: string) => ["--pidfile", pidFileOf(dir)];

async function stopLeftover(dir: string): Promise<void> {
  const file = pidFileOf(dir);
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8"));
  const server =
    Number.isInteger(pid) && pid > 0 && isAlive(pid) && /(redis|valkey)/.test(commandLine(pid) ?? "");
  const here = workingDirectory(pid);
  if (server && (here === undefined || here === dir)) {
    // A server that a test froze (SIGSTOP) would not receive SIGTERM.
    process.kill(pid, "SIGCONT");
    await stopProcess(pid, "SIGTERM", 20_000);
  }
  rmSync(file, { force: true });
}

async function answering(options: RedisOptions, alive: () => boolean): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (alive()) {
    if (await ping(options)) return;
    if (Date.now() > deadline) throw new Error(`no answer within ${startTimeoutMs / 1000} s`);
    await sleep(20);
  }
  throw new Error("it ended");
}

/** True when Redis replies PONG. While it loads its file it replies LOADING instead. */
function ping({ port, password }: RedisOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: "127.0.0.1", timeout: 1000 }, () =>
      socket.write(`${password ? `AUTH ${password}\r\n` : ""}PING\r\n`),
    );
    let answer = "";
    const done = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    socket.on("data", (data) => {
      answer += data;
      if (/^[+-].*\r\n/m.test(answer.replace(/^\+OK\r\n/, ""))) done(/^\+PONG\r\n/m.test(answer));
    });
    socket.once("error", () => done(false));
    socket.once("timeout", () => done(false));
    socket.once("close", () => done(false));
  });
}

/** Debian starts a Redis service on installation, and we only need the program. Called only when we installed it. */
function stopSystemService(): void {
  const root = asRoot();
  if (!root || !findProgram("apt-get")) return;
  if (run([...root, "systemctl", "disable", "--now", "redis-server"])) return;
  if (findProgram("service")) run([...root, "service", "redis-server", "stop"]);
}

async function startInDocker(options: RedisOptions): Promise<Service> {
  const dir = path.resolve(options.dir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const name = `tidemark-redis-${createHash("sha256").update(dir).digest("hex").slice(0, 8)}`;
  run(["docker", "rm", "--force", name]);
  const place = ["--publish", `127.0.0.1:${options.port}:6379`, "--volume", `${dir}:/data`];
  const server = [
    "redis-server",
    ...settings(6379, "0.0.0.0"),
    "--protected-mode",
    "no",
    // A file would have to belong to the container's user. Only who may use docker sees this.
    ...(options.password ? ["--requirepass", options.password] : []),
    ...(options.settings ?? []),
  ];
  const started = run(
    ["docker", "run", "--detach", "--rm", "--name", name, ...place, image, ...server],
    5 * 60_000,
  );
  if (!started) throw new Error(`Redis did not start: docker could not run ${image}.`);
  const stop = async () => {
    run(["docker", "stop", name], 30_000);
  };
  await answering(options, () => true).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  // The end of a detached container is not reported to us, and the site copes with the loss of Redis.
  return {
    url: urlOf(options),
    pid: undefined,
    ended: new Promise(() => undefined),
    stop,
  };
}
