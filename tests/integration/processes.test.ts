import { afterAll, beforeAll, expect, it } from "vitest";
import { readProcesses } from "../../app/telemetry/processes";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

it.each([
  ["after its last report", 1, "database"],
  ["in the millisecond of its last report", 0, "database"],
  ["before its last report", -1, "redis"],
])("a process that moved %s counts where the later of the two says", async (_words, ms, mode) => {
  const { db } = database;
  const reportedAt = new Date("2026-03-02T12:00:00Z");
  await db.sample.deleteMany();
  await db.modeChange.deleteMany();
  await db.sample.create({
    data: {
      at: new Date(reportedAt.getTime() - 10_000),
      span: 10,
      process: "web-1",
      role: "web",
      mode: "redis",
    },
  });
  const [at, reason] = [new Date(reportedAt.getTime() + ms), "the connection to Redis was lost"];
  await db.modeChange.create({
    data: { at, process: "web-1", role: "web", from: "redis", to: "database", reason },
  });
  const moved = mode === "database";
  expect(await readProcesses(db, new Date(reportedAt.getTime() + 1000))).toMatchObject([
    { mode, since: moved ? at : null, reason: moved ? reason : "" },
  ]);
});
