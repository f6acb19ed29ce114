import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import type { BrowserContext } from "@playwright/test";
import { SESSION_COOKIE } from "../../app/auth/cookies";
import { createSessions } from "../../app/auth/sessions";
import type { PrismaClient } from "../../prisma/client/client";
import { seed } from "../../prisma/seed";
import { freePort } from "../../scripts/services/free-port";
import { scratchFolder } from "../../scripts/services/reaper";
import { createTestDatabase } from "../support/services";
import { type Log, startProcess } from "./processes";
import { type SiteRedis, startSiteRedis } from "./site-redis";

/** A complete Tidemark for the tests: web, worker, database and Redis. */
export interface Site {
  /** `http://127.0.0.1:port`, without a slash. */
  origin: string;
  db: PrismaClient;
  /** The database's address, as the site's own role. */
  databaseUrl: string;
  redis: SiteRedis;
  /** Where it keeps the scripts and styles of earlier versions. */
  assets: string;
  /** Every log line of web and worker so far, newest last. */
  logs: Log[];
  /** The demo account of each role. */
  accounts: { role: string; email: string; password: string }[];
  /** Starts Redis if necessary, and waits until web and worker use it. */
  withRedis(): Promise<void>;
  /** Stops Redis if necessary, and waits until the web process has noticed. */
  withoutRedis(): Promise<void>;
  /** The Cookie header of a new session, as a log-in would create it, but without hashing a password. */
  session(who: string): Promise<string>;
  /** Signs a browser in. `who` is a role, for its demo account, or an e-mail address. */
  signIn(context: BrowserContext, who: string): Promise<void>;
  /** Starts another web process on the same database and Redis, for tests that exhaust something a process keeps in memory. */
  startWeb(env?: Record<string, string>): Promise<{ origin: string; pid: number; stop(): Promise<void> }>;
  stop(): Promise<void>;
}

/** Starts a site and waits until it is healthy and its first sync has ended; `stop` leaves nothing behind. */
export async function createSite(): Promise<Site> {
  if (!existsSync("build/server/index.js"))
    throw new Error(
      "There is no build in build/: run `npx remix vite:build` first, or `npm test`, which does.",
    );
  const dir = scratchFolder("e2e");
  // Each stops something that was started; called in reverse order.
  const ends = [async () => rmSync(dir, { recursive: true, force: true })];
  const stop = async () => {
    for (let end = ends.pop(); end; end = ends.pop()) await end();
  };
  try {
    return await startSite(dir, ends, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSite(dir: string, ends: (() => Promise<void>)[], stop: Site["stop"]): Promise<Site> {
  const database = await createTestDatabase({ seeded: true });
  ends.push(database.drop);
  const redis = await startSiteRedis(dir, await freePort());
  ends.push(redis.stop);
  const { db } = database;
  // The database is seeded already, so this only returns the accounts.
  const { accounts } = await seed(database.url);
  const logs: Log[] = [];
  const secret = randomBytes(32).toString("hex");
  const sessions = createSessions({ db, secrets: [secret], secure: false });
  const settings = {
    DATABASE_URL: database.appUrl,
    REDIS_URL: redis.url,
    SESSION_SECRET: secret,
    TRUST_PROXY: "0",
    // The site has a PUBLIC_URL, as one that is open to others, and its people log in with the demo's passwords.
    SEED_DEMO: "true",
    // All readers of the tests have one address.
    VIEW_LIMIT_BURST: "100000",
    VIEW_TRACKING_REDIS_ENABLED: "true",
    VIEW_RECONCILE_INTERVAL_SECONDS: "1",
    // A busy machine must not look like an outage: here Redis is down only when a test stops it.
    VIEW_REDIS_TIMEOUT_MS: "1000",
    VIEW_DATABASE_TIMEOUT_MS: "10000",
    ASSETS_DIR: path.join(dir, "assets"),
    JOURNAL_DIR: path.join(dir, "journal"),
    // The webhook servers of the tests listen on 127.0.0.1.
    WEBHOOK_ALLOW_PRIVATE: "true",
  };

  async function startWeb(env: Record<string, string> = {}) {
    const port = env.PORT ? Number(env.PORT) : await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const web = startProcess("web", { ...settings, PORT: String(port), PUBLIC_URL: origin, ...env }, logs);
    ends.push(web.stop);
    await web.until(async () => (await fetch(`${origin}/healthz`)).ok);
    const stop = async () => {
      await web.stop();
      // Until it has been silent for a while, the operators' pages of the next test would speak of it.
      await db.sample.deleteMany({ where: { role: "web", process: { endsWith: `-${web.pid}` } } });
    };
    return { origin, pid: web.pid, stop };
  }

  async function startWorker() {
    const worker = startProcess("worker", settings, logs);
    ends.push(worker.stop);
    // The schedule starts with a run. When it has ended, it cannot change counts in the middle of a test.
    await worker.until(async () => (await db.syncRun.count({ where: { endedAt: { not: null } } })) > 0);
    return worker;
  }

  const [web, worker] = await Promise.all([startWeb(), startWorker()]);
  const pids = { web: web.pid, worker: worker.pid };
  const modeOf = (source: Log["source"]) =>
    logs.findLast((log) => log.pid === pids[source] && log.msg === "views are counted elsewhere")?.to ??
    "redis";
  const untilMode = async (mode: string, sources: Log["source"][]) => {
    const deadline = Date.now() + 15_000;
    while (sources.some((source) => modeOf(source) !== mode)) {
      if (Date.now() > deadline) throw new Error(`${sources.join(" or ")} did not switch to ${mode}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  async function session(who: string) {
    const email = accounts.find((account) => account.role === who)?.email ?? who;
    const user = await db.user.findUniqueOrThrow({ where: { email } });
    const made = await sessions.storage.getSession();
    made.set("userId", user.id);
    return (await sessions.storage.commitSession(made)).split(";")[0] ?? "";
  }

  return {
    origin: web.origin,
    db,
    databaseUrl: database.appUrl,
    redis,
    assets: settings.ASSETS_DIR,
    logs,
    accounts,
    startWeb,
    stop,
    session,
    async withRedis() {
      await redis.start();
      await untilMode("redis", ["web", "worker"]);
    },
    async withoutRedis() {
      await redis.stop();
      await untilMode("database", ["web"]);
    },
    async signIn(context, who) {
      const value = (await session(who)).slice(SESSION_COOKIE.length + 1);
      await context.addCookies([
        { name: SESSION_COOKIE, value, url: web.origin, httpOnly: true, sameSite: "Lax" },
      ]);
    },
  };
}
