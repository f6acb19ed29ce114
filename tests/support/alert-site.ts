import { afterAll, beforeAll, beforeEach } from "vitest";
import { type EvaluationSources, evaluate } from "../../app/alerts/evaluate";
import { pollEvaluationDue } from "../../app/alerts/evaluation-due";
import type { OperatorSettings } from "../../app/alerts/read-facts";
import type { RedisFacts } from "../../app/alerts/read-redis-facts";
import { type editRule, ensureRules } from "../../app/alerts/rules";
import { DEFAULT_TARGETS } from "../../app/shared/objectives";
import { createTestDatabase } from "./services";

const WEEK = 7 * 86_400;

/** What a healthy Redis answers. */
export const HEALTHY_REDIS: RedisFacts = {
  memory: { used: 10, limit: 100 },
  redisRisks: [],
  failedJobs: { count: 0, error: null },
};

export interface SampleFields {
  failed?: number;
  latencyBuckets?: number[];
  role?: "web" | "worker";
  process?: string;
  secondsAgo?: number;
  redis?: number;
  database?: number;
  journalled?: number;
  mode?: string;
  buffered?: number | null;
  lagSeconds?: number | null;
}

const TABLES = `"Alert", "AlertCheck", "AlertRound", "AlertRule", "AlertChannel", "Delivery", "DeliveryAttempt", "Sample", "ModeChange",
  "Drill", "Setting", "SyncRun", "LedgerEntry", "KnownLoss", "GivenUpRows", "StoryView", "JournalFile", "LogInFailure"`;

/**
 * A healthy site for the tests of one file, in a database of its own and with a clock that only the tests move: before each test, both
 * processes report views, now and a week ago, and the first sync has finished.
 */
export function createAlertSite() {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database?.drop());

  const site = {
    get database() {
      return database;
    },
    clock: new Date(),
    /** What Redis answers; null while it is unreachable. */
    redis: HEALTHY_REDIS as RedisFacts | null,
    settings: {} as OperatorSettings,
    /** The facts that could not be read. */
    errors: [] as string[],
    sources: (process = "web-1"): EvaluationSources => ({
      db: database.db,
      process,
      publicUrl: "https://stories.example",
      countsInRedis: true,
      settings: () => site.settings,
      readRedis: async () => site.redis,
      onError: (what) => site.errors.push(what),
    }),
    pass(seconds: number) {
      site.clock = new Date(site.clock.getTime() + seconds * 1000);
    },
    ago: (seconds: number) => new Date(site.clock.getTime() - seconds * 1000),
    sample: ({ role = "web", process = `${role}-1`, secondsAgo = 12, ...given }: SampleFields = {}) =>
      database.db.sample.create({
        data: { at: site.ago(secondsAgo), span: 10, process, role, mode: "redis", ...given },
      }),
    ledger: (drift: number) =>
      database.db.ledgerEntry.create({
        data: {
          at: site.clock,
          accepted: 1,
          synced: 1,
          buffered: 0,
          fallback: 0,
          journalled: 0,
          retracted: 0,
          knownLost: 0,
          drift,
        },
      }),
    /** A view that the database counted, and that reconcile has not compared with Redis. */
    fallbackRow: (at: Date) =>
      database.pool.query(
        `INSERT INTO "StoryView" ("storyId", viewer, "viewedAt", "window") VALUES (1, 'a', $1::timestamptz, tstzrange($1::timestamptz, $1::timestamptz + interval '1 day'))`,
        [at],
      ),
    /** A web process counts elsewhere from now on, as the sampler writes it: at once. */
    mode: (to: string, process = "web-1") =>
      database.db.modeChange.create({
        data: {
          at: site.clock,
          process,
          role: "web",
          from: to === "redis" ? "database" : "redis",
          to,
          reason: to === "redis" ? "Redis answers again" : "the connection to Redis was lost",
        },
      }),
    channel: () =>
      database.db.alertChannel.create({
        data: {
          name: "test",
          kind: "webhook",
          url: "https://example.test/hook",
          host: "example.test",
          secret: "a secret of the tests",
          createdBy: "ops@example.test",
        },
      }),
    /** The notifications in the outbox, oldest first: all, or those of one rule's alerts. */
    events: async (rule?: string) =>
      (await database.db.delivery.findMany({ where: { alert: { rule } }, orderBy: { id: "asc" } })).map(
        (delivery) => delivery.event,
      ),
    /** An alert's steps, oldest first. */
    steps: async (alertId: number) =>
      (await database.db.alertStep.findMany({ where: { alertId }, orderBy: { id: "asc" } })).map(
        ({ kind }) => kind,
      ),
    /** Evaluates the rules after `seconds`, in which the web process and the worker report, unless given as null. */
    async evaluateAfter(
      seconds = 15,
      given: { web?: SampleFields | null; worker?: SampleFields | null; process?: string } = {},
    ) {
      site.pass(seconds);
      if (given.web !== null) await site.sample({ redis: 5, ...given.web });
      if (given.worker !== null)
        await site.sample({ role: "worker", buffered: 100, lagSeconds: 60, ...given.worker });
      return evaluate(site.sources(given.process), site.clock);
    },
    /**
     * Lets `seconds` pass as in life: reports every ten seconds, and every second a process, each time another one, asks whether an
     * evaluation is due. @returns how many there were.
     */
    async live(seconds: number, web: () => SampleFields = () => ({ redis: 5 })) {
      let evaluations = 0;
      for (let second = 1; second <= seconds; second += 1) {
        site.pass(1);
        if (site.clock.getTime() % 10_000 === 0) {
          await site.sample({ secondsAgo: 10, ...web() });
          await site.sample({ role: "worker", secondsAgo: 10, buffered: 100, lagSeconds: 60 });
        }
        if (!(await pollEvaluationDue(database.pool, site.clock))) continue;
        const process = `web-${(second % 3) + 1}`;
        if ((await evaluate(site.sources(process), site.clock)) === "evaluated") evaluations += 1;
      }
      return evaluations;
    },
    phaseOf: async (rule: string) => (await database.db.alertCheck.findUnique({ where: { rule } }))?.phase,
    messageOf: async (rule: string) =>
      (await database.db.alertCheck.findUnique({ where: { rule } }))?.message,
    set: (kind: string, change: Partial<Parameters<typeof editRule>[3]>) =>
      database.db.alertRule.update({ where: { kind }, data: change }),
  };

  beforeEach(async () => {
    await database.pool.query(`TRUNCATE ${TABLES} RESTART IDENTITY CASCADE`);
    await ensureRules(database.db);
    site.clock = new Date("2026-03-02T12:00:00Z");
    site.redis = HEALTHY_REDIS;
    site.settings = {
      databaseReason: null,
      syncIntervalSeconds: 3600,
      syncPaused: null,
      targets: DEFAULT_TARGETS,
    };
    site.errors = [];
    await site.sample({ redis: 5 });
    await site.sample({ role: "worker", buffered: 100, lagSeconds: 60 });
    await site.sample({ secondsAgo: WEEK + 600, redis: 50 });
    await database.db.syncRun.create({
      data: { trigger: "schedule", startedAt: site.ago(60), endedAt: site.ago(50) },
    });
    await site.ledger(0);
  });
  return site;
}
