import type pg from "pg";
import { z } from "zod";
import { lookUp } from "~/shared/look-up";
import { OBJECTIVES, type Targets } from "~/shared/objectives";
import { MOST_RETENTION_DAYS, RETENTION_RULES, type RetentionDays } from "~/shared/retention";
import type { Prisma, PrismaClient } from "../../prisma/client/client";
import { ADVISORY_LOCKS } from "./advisory-locks";
import { type Actor, type AuditAction, writeAudit } from "./audit";
import { every } from "./every";
import { actorName } from "./people";

/** Every setting that operators can change while the site runs. A key without a row has its default. */
const schemas = {
  /** Where views are counted when everything works, and the reason that an operator gave ("" if none did). */
  countIn: z.object({
    store: z.enum(["redis", "database"]),
    reason: z.string(),
    /** ISO time from which views are counted in Redis again; without it, an operator switches back. */
    until: z.iso.datetime().optional(),
  }),
  sync: z.object({
    intervalHours: z.number().positive().max(168),
    /** ISO time at which a pause ends by itself. If it is null or in the past, the sync is not paused. */
    pausedUntil: z.iso.datetime().nullable(),
    pausedReason: z.string(),
  }),
  /** The share of each objective that must be good, below 1. A target from another version is ignored. */
  objectives: z.object(
    Object.fromEntries(
      OBJECTIVES.map(({ key, target }) => [key, z.number().positive().lt(1).default(target)]),
    ) as Record<keyof Targets, z.ZodDefault<z.ZodNumber>>,
  ),
  /** Days that rows stay, by rule of `shared/retention`. One from another version is ignored. */
  retention: z.object(
    Object.fromEntries(
      RETENTION_RULES.map(({ key, days, least }) => [
        key,
        z.number().int().min(least).max(MOST_RETENTION_DAYS).default(days),
      ]),
    ) as Record<keyof RetentionDays, z.ZodDefault<z.ZodNumber>>,
  ),
  /** Whether the archive of old rows of views is paused, until an operator resumes it, and why ("" if it is not). */
  archive: z.object({ paused: z.boolean(), reason: z.string() }),
};

type Schemas = typeof schemas;
export type SettingKey = keyof Schemas;
export type SettingValues = { [Key in SettingKey]: z.infer<Schemas[Key]> };
export type SyncSetting = SettingValues["sync"];

/** Whether scheduled syncs are paused at `now`, Unix ms. */
export const isPaused = (sync: SyncSetting, now: number) =>
  sync.pausedUntil !== null && now < Date.parse(sync.pausedUntil);

/** The settings as they are at `now`, Unix ms: a choice of the database that was made until some time has ended by itself. */
const endedBy = (values: SettingValues, now: number): SettingValues =>
  values.countIn.until !== undefined && now >= Date.parse(values.countIn.until)
    ? { ...values, countIn: { store: "redis", reason: "the time for the database is over" } }
    : values;

export interface Settings {
  /** The settings that this process uses: the latest that it could read. */
  current(): SettingValues;
  /** Reads them now. Never rejects. */
  refresh(): Promise<void>;
  /**
   * Changes one setting and records who did so, in one transaction; this process follows at once, the others within five
   * seconds. `next` gets the stored value, so that two people who change two parts of it both succeed.
   * Rejects when Postgres does not answer or the value is not allowed; nothing has changed then.
   */
  change<Key extends SettingKey>(
    actor: Actor,
    key: Key,
    next: (before: SettingValues[Key]) => SettingValues[Key],
    why: { action: AuditAction; reason: string },
  ): Promise<{ before: SettingValues[Key]; after: SettingValues[Key] }>;
  stop(): Promise<void>;
}

/** Every process polls Postgres this often, ms: all follow a change well within five seconds. */
export const POLL_MS = 2000;
/** A process says at least this often, ms, that it is there and which settings it uses. */
const REPORT_EVERY_MS = 10_000;

/**
 * Follows the settings. They are in Postgres only, so that they can be read and changed while Redis is down. While Postgres does
 * not answer, a process keeps the latest that it has read, or the defaults of its environment. It records in ProcessState
 * which settings it uses, every ten seconds and when they change. `onChange` is called when the values differ from those before.
 *
 * Polling goes past Prisma, which would take several times as much of an idle process's time.
 */
export function startSettings(options: {
  db: PrismaClient;
  pool: Pick<pg.Pool, "query">;
  defaults: SettingValues;
  process: string;
  role: string;
  onChange: (after: SettingValues, before: SettingValues) => void;
  onError: (error: Error) => void;
}): Settings {
  const { db, pool, defaults, onChange, onError } = options;
  const startedAt = new Date();
  let reportedAt = Number.NEGATIVE_INFINITY;
  let values = defaults;
  let stopped = false;
  let reading: Promise<void> | null = null;

  function take(after: SettingValues) {
    const before = values;
    values = after;
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    reportedAt = Number.NEGATIVE_INFINITY;
    onChange(after, before);
  }

  async function read() {
    try {
      const { rows } = await pool.query<SettingRow>({
        name: "settings",
        text: `SELECT key, value FROM "Setting"`,
      });
      if (stopped) return;
      take(endedBy(parseSettings(rows, defaults, onError), Date.now()));
      if (performance.now() - reportedAt >= REPORT_EVERY_MS) await report();
    } catch (error) {
      if (!stopped) take(endedBy(values, Date.now()));
      onError(error as Error);
    }
  }

  async function report() {
    await pool.query(
      `INSERT INTO "ProcessState" (process, role, "startedAt", "seenAt", settings) VALUES ($1, $2, $3, now(), $4)
       ON CONFLICT (process) DO UPDATE SET role = EXCLUDED.role, "startedAt" = EXCLUDED."startedAt",
         "seenAt" = EXCLUDED."seenAt", settings = EXCLUDED.settings`,
      [options.process, options.role, startedAt, JSON.stringify(values)],
    );
    reportedAt = performance.now();
  }

  /** One read at a time: while Postgres hangs, polling must not take another connection every two seconds. */
  function refresh() {
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  }

  const stopPolling = every(POLL_MS, refresh, onError);

  return {
    current: () => values,
    refresh,
    async change(actor, key, next, { action, reason }) {
      const change = await db.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(${ADVISORY_LOCKS.changeSetting}::int, hashtext(${key}))`;
        const row = await tx.setting.findUnique({ where: { key } });
        const stored = row ? { ...defaults, [key]: parseSetting(key, row.value) } : defaults;
        const before = endedBy(stored, Date.now())[key];
        const after = parseSetting(key, next(before));
        const written = {
          value: after as Prisma.InputJsonValue,
          updatedAt: new Date(),
          updatedBy: actorName(actor),
        };
        await tx.setting.upsert({ where: { key }, create: { key, ...written }, update: written });
        await writeAudit(tx, actor, {
          action,
          target: `setting ${key}`,
          reason,
          before: before as Prisma.InputJsonValue,
          after: after as Prisma.InputJsonValue,
        });
        return { before, after };
      });
      // A read in progress may have started before the change: wait for it, then read again.
      await reading;
      await refresh();
      return change;
    },
    async stop() {
      stopped = true;
      await Promise.all([stopPolling(), reading]);
      // A process that has stopped has no settings; one that was killed is recognised by its `seenAt`.
      await db.processState.deleteMany({ where: { process: options.process } }).catch(onError);
    },
  };
}

const parseSetting = <Key extends SettingKey>(key: Key, value: unknown) =>
  schemas[key].parse(value) as SettingValues[Key];

interface SettingRow {
  key: string;
  value: unknown;
}

/** A row that this version cannot read counts as absent, and is reported: one bad row must not stop a process. */
function parseSettings(
  rows: SettingRow[],
  defaults: SettingValues,
  onError: (error: Error) => void,
): SettingValues {
  const parsed: Record<string, unknown> = { ...defaults };
  for (const { key, value } of rows) {
    const result = lookUp<z.ZodType>(schemas, key)?.safeParse(value);
    if (!result) continue;
    if (result.success) parsed[key] = result.data;
    else onError(new Error(`the setting ${key} cannot be read: ${result.error.issues[0]?.message}`));
  }
  return parsed as SettingValues;
}
