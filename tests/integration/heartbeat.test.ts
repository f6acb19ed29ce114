import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type HeartbeatSources, sendHeartbeat } from "../../app/alerts/heartbeat";
import { createTestDatabase } from "../support/services";
import { startWebhookServer } from "../support/webhook-server";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let service: Awaited<ReturnType<typeof startWebhookServer>>;
let clock: Date;
let failures: { host: string; error: string }[];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());
beforeEach(async () => {
  service = await startWebhookServer();
  clock = new Date("2026-03-02T12:00:00Z");
  failures = [];
  await database.pool.query(`TRUNCATE "Heartbeat", "AlertRound", "ProcessState"`);
});
afterEach(() => service.stop());

const send = (change: Partial<HeartbeatSources> = {}) =>
  sendHeartbeat(
    {
      pool: database.pool,
      url: `${service.url}/topsecret`,
      everySeconds: 60,
      onFailure: (about) => failures.push(about),
      ...change,
    },
    clock,
  );
const pass = (seconds: number) => {
  clock = new Date(clock.getTime() + seconds * 1000);
};
const evaluated = () =>
  database.db.lastEvaluation.upsert({
    where: { id: 1 },
    create: { at: clock, process: "web-1" },
    update: { at: clock },
  });
const workerReports = () =>
  database.pool.query(
    `INSERT INTO "ProcessState" (process, role, "startedAt", "seenAt", settings) VALUES ('worker-1', 'worker', $1, $1, '{}')
     ON CONFLICT (process) DO UPDATE SET "seenAt" = $1`,
    [clock],
  );
const row = () => database.db.heartbeat.findUniqueOrThrow({ where: { id: 1 } });

describe("the heartbeat", () => {
  it("is sent once per interval, by one of all processes, while alerting works", async () => {
    await evaluated();
    await workerReports();
    const outcomes = await Promise.all([send(), send(), send()]);
    expect(outcomes.sort()).toEqual(["accepted", "not due", "not due"]);
    expect(service.received.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /hook/topsecret"]);
    expect((await row()).acceptedAt).toEqual(clock);
    pass(59);
    expect(await send()).toBe("not due");
    pass(1);
    await evaluated();
    await workerReports();
    expect(await send()).toBe("accepted");
  });

  it("is held back when rules are no longer evaluated, or no worker reports, and says which", async () => {
    await evaluated();
    expect(await send()).toBe("withheld");
    expect((await row()).withheldReason).toMatch(/^No worker has reported/);
    pass(60);
    await workerReports();
    expect(await send(), "the evaluation is a minute old").toBe("withheld");
    expect((await row()).withheldReason).toMatch(/^The alert rules have not been evaluated/);
    expect(service.received).toEqual([]);
    pass(60);
    await evaluated();
    await workerReports();
    expect(await send()).toBe("accepted");
  });

  it("that fails is reported without its path, which is a secret, and sent again when the next is due", async () => {
    await evaluated();
    await workerReports();
    service.answerWith({ status: 500 });
    expect(await send()).toBe("failed");
    expect(failures).toEqual([{ host: `127.0.0.1:${service.port}`, error: "status 500" }]);
    expect(await row()).toMatchObject({ failedAt: clock, error: "status 500", acceptedAt: null });
    pass(60);
    await evaluated();
    await workerReports();
    await service.stop();
    expect(await send()).toBe("failed");
    expect(JSON.stringify([failures, await row()])).not.toContain("topsecret");
    service = await startWebhookServer();
    pass(60);
    await evaluated();
    await workerReports();
    expect(await send()).toBe("accepted");
    expect(await row()).toMatchObject({ acceptedAt: clock, error: null });
  });
});
