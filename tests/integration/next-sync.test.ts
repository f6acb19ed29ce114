import { beforeEach, describe, expect, it } from "vitest";
import { nextSyncAt, SYNC_SKIPPED } from "../../app/telemetry/next-sync";
import { formatTrigger, SCHEDULE_TRIGGER } from "../../app/telemetry/sync-trigger";
import { HOUR_MS } from "../../app/tracker/window";
import { skipIfPaused } from "../../worker/skip-if-paused";
import { createTestDatabase } from "../support/services";

const NOON = Date.UTC(2026, 2, 4, 12);
const INTERVAL_SECONDS = 12 * 3600;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeEach(async () => {
  // A new database per test: audit events cannot be deleted.
  database = await createTestDatabase();
  return () => database.drop();
});

const next = () => nextSyncAt(database.db, INTERVAL_SECONDS);
const run = (at: number, trigger: string) =>
  database.db.syncRun.create({ data: { trigger, startedAt: new Date(at) } });
const skip = (at: number) =>
  database.db.auditEvent.create({
    data: { at: new Date(at), actor: "the schedule", action: SYNC_SKIPPED, target: "sync" },
  });

describe("the next scheduled sync", () => {
  it("is unknown until the schedule has had a turn", async () => {
    expect(await next()).toBeNull();
    await run(NOON, formatTrigger({ type: "run-now", by: "ola@example.com" }));
    await run(NOON, formatTrigger({ type: "pause-ended" }));
    expect(await next()).toBeNull();
  });

  it("is one interval after the last scheduled run, whatever ran in between", async () => {
    await run(NOON - 12 * HOUR_MS, SCHEDULE_TRIGGER);
    await run(NOON, SCHEDULE_TRIGGER);
    await run(NOON + HOUR_MS, formatTrigger({ type: "pause-ended" }));
    expect(await next()).toEqual(new Date(NOON + 12 * HOUR_MS));
  });

  it("moves on with every run that a pause skips, and with the first run after the pause", async () => {
    await run(NOON, SCHEDULE_TRIGGER);
    for (const turn of [12, 24]) {
      await skip(NOON + turn * HOUR_MS);
      expect(await next(), `after the skipped turn at +${turn} h`).toEqual(
        new Date(NOON + (turn + 12) * HOUR_MS),
      );
    }
    await run(NOON + 36 * HOUR_MS, SCHEDULE_TRIGGER);
    expect(await next()).toEqual(new Date(NOON + 48 * HOUR_MS));
  });

  it("is known during a pause that has skipped every turn so far", async () => {
    const before = Date.now();
    const pausedUntil = new Date(before + HOUR_MS).toISOString();
    await skipIfPaused(database.db, { intervalHours: 12, pausedUntil, pausedReason: "moving Postgres" });
    const at = (await next())?.getTime() ?? 0;
    // The audit event has Postgres's time, to the millisecond.
    expect(Math.abs(at - before - INTERVAL_SECONDS * 1000)).toBeLessThan(60_000);
  });
});
