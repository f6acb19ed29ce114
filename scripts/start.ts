import { existsSync, readFileSync } from "node:fs";
import { get } from "node:http";
import path from "node:path";
import { type Env, readEnv } from "../app/platform/env";
import { migrate } from "../prisma/migrate";
import { type SeedResult, seed } from "../prisma/seed";
import { programs } from "./programs.mjs";
import { build, buildIsCurrent } from "./services/build";
import { startChild } from "./services/child";
import { firstOperatorLines, whyNoDemo } from "./services/first-operator";
import { freePort, isPortFree } from "./services/free-port";
import { acquireInstanceLock } from "./services/instance-lock";
import { keptSecret } from "./services/kept-secret";
import { type Service, startPostgres } from "./services/postgres";
import { sleep } from "./services/process";
import { compiledProgram, root } from "./services/programs";
import { step } from "./services/progress";
import { reapNow } from "./services/reaper";
import { findRedis, type StartableRedis, startRedis } from "./services/redis";
import { onStopRequest } from "./services/stop-request";

/** Where the site keeps its data. `--data <folder>` chooses another folder, for a second site from the same sources. */
const dataDir = optionValue("--data") ?? ".data";
const healthTimeoutMs = 60_000;
/** Time between two checks, ms, whether the site answers yet. A check costs a millisecond. */
const healthPollMs = 20;
/** By then, ms, the stores' processes have been started, and this one waits for them. */
const readSourcesAfterMs = 100;
const preferredPorts = { postgres: 54_329, redis: 63_790 };
const log = (name: string) => path.join(dataDir, "logs", `${name}.log`);

type Settings = Record<string, string>;
/** A database's address for the site, and for what changes its tables: the same where there is one role for both. */
type DatabaseUrls = { databaseUrl: string; ownerUrl: string };
/** Where views are counted: in this Redis, or in the database, for this reason. */
type CountingMode = { redisUrl: string } | { why: string };

const dev = process.argv.includes("--dev");
const abort = new AbortController();
/** Everything started so far, oldest first; it is stopped in reverse order. */
const started: Promise<Omit<Service, "url">>[] = [];
let release = () => {};

process.chdir(root);
onStopRequest(() => leave(0, "Stopping …"));
// Losing the terminal must not keep us from stopping everything in order.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

main().catch((error: unknown) => leave(1, error instanceof Error ? error.message : String(error)));

async function main(): Promise<void> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const env = check({});
  const lock = await acquireInstanceLock(dataDir);
  release = lock.release;
  const port = await sitePort(env);
  const start: Start = (starting) => {
    started.push(starting);
    return starting;
  };

  const { databaseUrl, ownerUrl, mode, isBuilt } = await startServices(start);
  const siteSettings = settings(databaseUrl, mode, port);
  check(siteSettings);
  await step("Migrating the database", () => migrate(ownerUrl, undefined, databaseUrl));
  const noDemo = whyNoDemo(env, !process.env.DATABASE_URL?.trim());
  const accounts = noDemo ? [] : await seedDemo(ownerUrl);
  if (!dev && !isBuilt) await step("Building the site", () => build());

  // Web and worker never get the owner's address.
  const { MIGRATION_DATABASE_URL: _, ...environment } = process.env;
  const children = { ...environment, ...siteSettings };
  await step("Starting web and worker", async () => {
    const web = await start(Promise.resolve(serve("web", children)));
    watch("web", web);
    await healthy(`http://${reachable(env.HOST)}:${port}/healthz`);
    // Second, because readers wait for the web process and not for this one, and both would load the same packages at once.
    const worker = await start(Promise.resolve(serve("worker", children)));
    watch("worker", worker);
  });
  const url = `http://${reachable(env.HOST)}:${port}`;
  lock.recordSite({
    url,
    databaseUrl,
    ownerUrl,
    ...("redisUrl" in mode && { redisUrl: mode.redisUrl }),
  });
  announce(url, accounts, mode);
  if (accounts.length > 0 && wantsReaders()) {
    const args = dev ? ["--import", "tsx", programs.demo] : compiledProgram("demo");
    await start(
      Promise.resolve(
        startChild({ args: [...args, "--follow", url], env: children, logFile: log("demo-readers") }),
      ),
    );
  }
  if (!noDemo) return;
  const lines = await firstOperatorLines(databaseUrl);
  if (lines.length > 0) console.log([`No demo site was seeded, because ${noDemo}.`, ...lines].join("\n"));
}

/** Whether made-up readers read the demo: not on the small site of tests, unless they are asked for. */
const wantsReaders = () => !process.argv.includes("--small-seed") || process.argv.includes("--demo-readers");

const seedDemo = (databaseUrl: string) =>
  step("Seeding stories if there are none", async (say) => {
    const size = process.argv.includes("--small-seed") ? "small" : "demo";
    return (await seed(databaseUrl, { onProgress: say, size })).accounts;
  });

/** Stops what was started, newest first, and exits. A second signal (npm passes Ctrl-C on as well) changes nothing. */
async function leave(code: number, why: string): Promise<void> {
  if (abort.signal.aborted) return;
  abort.abort();
  console.log(code === 0 ? `\n${why}` : `\n${why}${started.length > 0 ? "\nStopping everything …" : ""}`);
  for (const service of started.reverse())
    await service.then((running) => running.stop()).catch(() => undefined);
  await reapNow();
  release();
  if (code === 0) console.log("Everything has stopped.");
  process.exit(code);
}

/** Reads the environment as the site will, so that an invalid value stops us before anything has started. */
function check(more: Settings): Env {
  const placeholders = {
    DATABASE_URL: "postgresql://127.0.0.1/tidemark",
    REDIS_URL: "redis://127.0.0.1",
    SESSION_SECRET: "-".repeat(32),
  };
  const given = Object.entries(process.env).filter(([, value]) => value?.trim());
  return readEnv({
    ...placeholders,
    ...Object.fromEntries(given),
    NODE_ENV: dev ? "development" : "production",
    ...more,
  });
}

function settings(
  databaseUrl: string,
  mode: CountingMode,
  port: number,
): Settings & { NODE_ENV: "development" | "production" } {
  return {
    NODE_ENV: dev ? "development" : "production",
    DATABASE_URL: databaseUrl,
    ...("redisUrl" in mode ? { REDIS_URL: mode.redisUrl } : {}),
    VIEW_TRACKING_REDIS_ENABLED: String("redisUrl" in mode),
    SESSION_SECRET: process.env.SESSION_SECRET?.trim() || sessionSecret(),
    PORT: String(port),
  };
}

async function sitePort(env: Env): Promise<number> {
  if (env.PORT === 0) return freePort();
  if (await isPortFree(env.PORT, env.HOST)) return env.PORT;
  throw new Error(
    `PORT: ${env.PORT} is taken by another program. Choose another one, such as PORT=${env.PORT + 1} npm start.`,
  );
}

/** Remembers a service that is being started, so that it is stopped at the end. */
type Start = <S extends Omit<Service, "url">>(starting: Promise<S>) => Promise<S>;

/**
 * Starts the stores that are ours to start, at the same time, and finds out meanwhile whether build/ is current: reading all
 * sources takes as long as Postgres needs to come up.
 */
async function startServices(start: Start): Promise<DatabaseUrls & { mode: CountingMode; isBuilt: boolean }> {
  const givenDatabase = process.env.DATABASE_URL?.trim();
  const givenOwner = process.env.MIGRATION_DATABASE_URL?.trim();
  const redis = await chooseRedis();
  const ours = [...(givenDatabase ? [] : ["Postgres"]), ...("source" in redis ? ["Redis"] : [])];
  const starting = async () => {
    const database = givenDatabase
      ? { databaseUrl: givenDatabase, ownerUrl: givenOwner || givenDatabase }
      : embeddedPostgres(start).then(rolesOf);
    const mode = "source" in redis ? embeddedRedis(redis.source, start) : redis;
    const isBuilt = sleep(readSourcesAfterMs).then(() => buildIsCurrent());
    const [urls, counting, built] = await Promise.all([database, mode, isBuilt]);
    return { ...urls, mode: counting, isBuilt: built };
  };
  return ours.length === 0 ? starting() : step(`Starting ${ours.join(" and ")}`, starting);
}

async function embeddedPostgres(start: Start): Promise<string> {
  const port = await freePort(preferredPorts.postgres);
  const postgres = await start(
    startPostgres({
      dir: path.join(dataDir, "postgres"),
      port,
      logFile: log("postgres"),
      database: "tidemark",
    }),
  );
  watch("postgres", postgres);
  return postgres.url;
}

/** Where views will be counted, as far as the settings and this machine decide it: perhaps in a Redis that is ours to start. */
async function chooseRedis(): Promise<CountingMode | { source: StartableRedis }> {
  const enabled = process.env.VIEW_TRACKING_REDIS_ENABLED?.trim();
  if (enabled === "false" || enabled === "0") return { why: "VIEW_TRACKING_REDIS_ENABLED is false" };
  const given = process.env.REDIS_URL?.trim();
  if (given) return { redisUrl: given };
  const source = await step("Looking for Redis", (say) => findRedis(() => say("installing it")));
  return "missing" in source ? { why: source.missing } : { source };
}

async function embeddedRedis(source: StartableRedis, start: Start): Promise<CountingMode> {
  const port = await freePort(preferredPorts.redis);
  const redis = await start(
    startRedis(source, {
      dir: path.join(dataDir, "redis"),
      port,
      logFile: log("redis"),
      password: keptSecret(path.join(dataDir, "redis.password")),
    }),
  );
  // The site is built to survive the loss of Redis: this is reported, and nothing is stopped.
  redis.ended.then(() => {
    if (!abort.signal.aborted)
      console.log(
        `Redis has stopped (${log("redis")}): views are counted in the database until it answers on port ${port} again.`,
      );
  });
  return { redisUrl: redis.url };
}

function serve(name: "web" | "worker", env: NodeJS.ProcessEnv) {
  const watching = [
    path.join("node_modules", "tsx", "dist", "cli.mjs"),
    "watch",
    "--clear-screen=false",
    programs[name],
  ];
  return startChild({ args: dev ? watching : compiledProgram(name), env, logFile: log(name) });
}

/** Stops everything when a process ends that the site cannot run without. */
function watch(name: string, service: Omit<Service, "url">): void {
  service.ended.then(() =>
    leave(1, `The ${name} process ended unexpectedly. Its log, ${log(name)}, ends:\n${tail(log(name))}`),
  );
}

async function healthy(url: string): Promise<void> {
  const deadline = Date.now() + healthTimeoutMs;
  for (;;) {
    const status = await statusOf(url);
    // `leave` ends this process; nothing more may be started or announced.
    if (abort.signal.aborted) return new Promise(() => undefined);
    if (status === 200) return;
    if (Date.now() > deadline)
      throw new Error(
        `The site does not answer at ${url} (${status ?? "no connection"}). Its log, ${log("web")}, ends:\n${tail(log("web"))}`,
      );
    await sleep(healthPollMs);
  }
}

/** The status of the page, or undefined without an answer. `fetch` would cost the start 50 ms, when it is first used. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: 5000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once("timeout", () => request.destroy());
    request.once("error", () => resolve(undefined));
  });
}

function announce(site: string, accounts: SeedResult["accounts"], mode: CountingMode): void {
  const counted =
    "redisUrl" in mode
      ? `Views are counted in Redis (${withoutPassword(mode.redisUrl)}).`
      : `Views are counted in the database: ${mode.why}.`;
  const accountLines = accounts.map(
    ({ role, email, password }) => `  ${role.padEnd(8)}${email.padEnd(28)}${password}`,
  );
  console.log(
    [
      "",
      `Tidemark runs at ${site}`,
      `  operators  ${site}/admin`,
      `  editors    ${site}/editor`,
      ...(accountLines.length > 0 ? ["Demo accounts", ...accountLines] : []),
      ...(accountLines.length > 0 && wantsReaders()
        ? [
            "Made-up readers read the demo: stop them on /admin, or let more of them in with npm run demo -- --rate 5.",
          ]
        : []),
      counted,
      `Logs are in ${path.join(dataDir, "logs")}.`,
      "Ctrl-C stops everything.",
    ].join("\n"),
  );
}

/** Kept, so that sessions outlive a restart. */
const sessionSecret = () => keptSecret(path.join(dataDir, "session-secret"));

/** Our own database's addresses: as its owner, and as the role of the site, which cannot rewrite the audit. */
function rolesOf(ownerUrl: string): DatabaseUrls {
  const site = new URL(ownerUrl);
  site.username = "tidemark_app";
  site.password = keptSecret(path.join(dataDir, "postgres.app-password"));
  return { databaseUrl: site.href, ownerUrl };
}

/** An address that a browser on this machine can use, also when the site listens on all addresses. */
const reachable = (host: string) =>
  host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;

function optionValue(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

function withoutPassword(address: string): string {
  const url = new URL(address);
  url.username = "";
  url.password = "";
  return url.href;
}

function tail(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").slice(-5).join("\n") : "";
}
