import { cpSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { migrate } from "../../prisma/migrate";
import { migrationsDir } from "../../prisma/migration-files";
import { scratchFolder } from "../../scripts/services/reaper";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

it("alerts of earlier versions keep their state, and what was known of them is their timeline", async () => {
  const { pool, url, db } = database;
  const before = scratchFolder("migrations");
  cpSync(migrationsDir, before, { recursive: true });
  for (const name of readdirSync(before))
    if (name >= "20260703000000" && name !== "migration_lock.toml")
      rmSync(path.join(before, name), { recursive: true });
  await pool.query(`DROP SCHEMA public CASCADE`);
  await pool.query(`CREATE SCHEMA public`);
  await migrate(url, before);
  await pool.query(`
    INSERT INTO "AlertRule" (kind, threshold, "windowSeconds", "forSeconds", "keepFiringSeconds", "updatedBy") VALUES
      ('ledger-drift', 1, 0, 0, 0, NULL), ('fallback-share', 0.05, 300, 30, 300, NULL), ('surge', 10, 0, 0, 300, 'user 1');
    INSERT INTO "AlertCheck" (rule, phase, since, at, says) VALUES ('ledger-drift', 'firing', now(), now(), 'x');
    INSERT INTO "AlertRound" (at, process) VALUES (now(), 'web-1');
    INSERT INTO "Alert" (rule, phase, "pendingAt", "firedAt", "badAt", threshold, says, told, "acknowledgedAt", "acknowledgedBy", note)
      VALUES ('ledger-drift', 'firing', '2026-01-01 10:00Z', '2026-01-01 10:00Z', '2026-01-01 10:05Z', 1, '3 views do not add up', true,
        '2026-01-01 10:02Z', 'user 1', 'Looking');
    INSERT INTO "Alert" (rule, phase, "pendingAt", "firedAt", "badAt", threshold, says, "resolvedAt")
      VALUES ('fallback-share', 'resolved', '2026-01-01 09:00Z', '2026-01-01 09:01Z', '2026-01-01 09:05Z', 0.05, 'x', '2026-01-01 09:10Z')`);
  const applied = await migrate(url, migrationsDir);
  expect(applied).toContain("20260703000100_alert_states");

  const [open, resolved] = await db.alert.findMany({ include: { steps: { orderBy: { at: "asc" } } } });
  expect(open).toMatchObject({
    phase: "firing",
    severity: "critical",
    acknowledgedBy: "user 1",
    notified: true,
    recoveringSince: null,
  });
  expect(open?.steps.map(({ kind, by, text }) => [kind, by, text])).toEqual([
    ["pending", null, null],
    ["firing", null, null],
    ["acknowledged", "user 1", "Looking"],
  ]);
  expect(resolved).toMatchObject({ phase: "resolved", severity: "notice" });
  expect(resolved?.steps.map(({ kind }) => kind)).toEqual(["pending", "firing", "resolved"]);
  // Numbers that an operator chose stay.
  const kept = await db.alertRule.findMany({ orderBy: { kind: "asc" } });
  expect(kept.map(({ kind, severity, keepFiringSeconds }) => [kind, severity, keepFiringSeconds])).toEqual([
    ["fallback-share", "notice", 60],
    ["ledger-drift", "critical", 0],
    ["surge", "notice", 300],
  ]);
});
