import { describe, expect, it } from "vitest";
import { overallStatus } from "../../app/pages/overview/overall-status";
import { type StatusFacts, summarizeStatus } from "../../app/pages/overview/status-summary";
import type { JournalFileNow } from "../../app/telemetry/journal-files";
import type { ProcessNow } from "../../app/telemetry/processes";

const now = new Date("2026-11-22T14:00:00Z");
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);

const usual: StatusFacts = {
  now,
  self: { process: "web-1", mode: "redis", since: ago(7200), reason: "" },
  processes: [],
  redis: "up",
  unsynced: { views: 214, asOf: now, live: true },
  oldestUnsyncedAt: ago(3600),
  syncIntervalSeconds: 12 * 3600,
  syncLateAfterSeconds: 18 * 3600,
  lastRun: { startedAt: ago(3600), error: null },
  workerSeenAt: ago(5),
};
const web = (process: string, mode: string, more: Partial<ProcessNow> = {}): ProcessNow => ({
  process,
  role: "web",
  mode,
  since: ago(600),
  reason: "",
  reportedAt: ago(5),
  journalled: 0,
  silent: false,
  ...more,
});

describe("the status of everything", () => {
  const counting = {
    tone: "calm" as const,
    headline: "Counting in Redis. 5 views wait.",
    path: "Counting in Redis.",
  };
  const alert = (needsAttention: boolean) => ({ needsAttention });

  it("is as bad as its worst part, and its headline says which", () => {
    const overall = (parts: Partial<Parameters<typeof overallStatus>[0]>) =>
      overallStatus({ counting, alerts: [], drift: 0, ...parts });
    expect(overall({})).toMatchObject({ tone: "calm", headline: counting.headline, firing: 0 });
    expect(overall({ alerts: [alert(true), alert(false)] })).toEqual({
      tone: "alarm",
      headline: "Counting in Redis. 1 alert needs attention.",
      firing: 2,
      open: 1,
    });
    expect(overall({ alerts: [alert(false)] })).toMatchObject({
      tone: "notice",
      headline: counting.headline,
    });
    expect(overall({ drift: -6 })).toMatchObject({
      tone: "alarm",
      headline: "Counting in Redis. 6 views do not add up.",
    });
  });

  it("calls nothing well that it could not read", () => {
    expect(overallStatus({ counting: null, alerts: [], drift: 0 }).tone).toBe("alarm");
    expect(overallStatus({ counting, alerts: null, drift: 0 })).toMatchObject({
      tone: "notice",
      headline: "Counting in Redis. The alerts could not be read.",
    });
  });
});

describe("the status summary", () => {
  it("says where views are counted and what waits when all is well", () => {
    const nextSyncAt = new Date("2026-11-22T15:09:00Z");
    expect(summarizeStatus({ ...usual, nextSyncAt })).toMatchObject({
      tone: "calm",
      mode: "redis",
      since: ago(7200),
      headline: "Counting in Redis. 214 views wait for the next sync, 15:09 UTC.",
      details: [],
    });
    const rest = (facts: Partial<StatusFacts>) =>
      summarizeStatus({ ...usual, nextSyncAt, ...facts }).headline.replace("Counting in Redis. ", "");
    expect(rest({ unsynced: { views: 0, asOf: now, live: true } })).toBe("No views are waiting to sync.");
    expect(rest({ unsynced: { views: 1, asOf: now, live: true }, nextSyncAt: null })).toBe(
      "1 view waits for the next sync.",
    );
    const pause = { until: new Date("2026-11-22T16:00:00Z"), reason: "a new table" };
    expect(rest({ pause })).toBe("214 views wait until the sync is resumed, 16:00 UTC.");
  });

  it("says that a drill is one, and that a chosen database waits for an operator", () => {
    const drilled = {
      process: "web-1",
      mode: "database",
      since: ago(30),
      reason: "drill 1: a rehearsed outage, started by ops@x",
    };
    expect(
      summarizeStatus({
        ...usual,
        self: drilled,
        drill: { id: 1, endsAt: new Date("2026-11-22T14:01:00Z") },
      }),
    ).toMatchObject({
      tone: "notice",
      headline: "Drill 1 is running until 14:01 UTC: views are counted in the database on purpose.",
    });
    const chosen = { ...drilled, reason: "an operator chose the database: maintenance" };
    expect(summarizeStatus({ ...usual, self: chosen }).details.join(" ")).toContain("when you switch back");
    const frozen = { ...drilled, reason: "no answer within 150 ms" };
    expect(summarizeStatus({ ...usual, self: frozen }).headline).toBe(
      "Counting in the database since 13:59 UTC, because Redis did not answer within 150 ms.",
    );
  });

  it.each([
    ["the connection to Redis was lost", "the connection to Redis was lost"],
    ["no connection to Redis: connect ECONNREFUSED", "there is no connection to Redis: connect ECONNREFUSED"],
    ["Stream isn't writeable", "stream isn't writeable"],
    ["Redis has another master", "Redis has another master"],
    ["OOM command not allowed", "OOM command not allowed"],
  ])("says of the reason %j that it is because %s", (reason, words) => {
    const self = { process: "web-1", mode: "database", since: ago(30), reason };
    expect(summarizeStatus({ ...usual, self }).headline).toContain(`, because ${words}.`);
  });

  it("says what Redis may lose, and needs a person where only one can help", () => {
    const risk = { urgent: false, text: "Redis has no append-only file. Set appendonly yes." };
    const limited = summarizeStatus({ ...usual, redisRisks: [risk] });
    expect(limited).toMatchObject({ tone: "notice", details: [risk.text] });
    expect(summarizeStatus({ ...usual, redisRisks: [{ ...risk, urgent: true }] }).tone).toBe("alarm");
  });

  it("needs a person when TRUST_PROXY does not fit the proxies in front", () => {
    const proxyWarning = "Most requests come through a proxy, but TRUST_PROXY is 0.";
    expect(summarizeStatus({ ...usual, proxyWarning })).toMatchObject({
      tone: "alarm",
      details: [proxyWarning],
    });
    expect(summarizeStatus({ ...usual, proxyWarning: null }).tone).toBe("calm");
  });

  it("gives the start and the reason of an outage, and the age of the last report from Redis", () => {
    const outage = summarizeStatus({
      ...usual,
      self: {
        process: "web-1",
        mode: "database",
        since: ago(79 * 60),
        reason: "the connection to Redis was lost",
      },
      redis: "down",
      unsynced: { views: 214, asOf: ago(4800), live: false },
    });
    expect(outage.tone).toBe("notice");
    expect(outage.headline).toBe(
      "Counting in the database since 12:41 UTC, because the connection to Redis was lost.",
    );
    expect(outage.details.join(" ")).toContain("Nothing is lost");
    expect(outage.details.join(" ")).toContain(
      "214 were waiting to sync at 12:40:00 UTC; Redis is unreachable now.",
    );
  });

  it("is calm where counting in Redis is switched off", () => {
    const off = summarizeStatus({
      ...usual,
      self: {
        process: "web-1",
        mode: "database",
        since: ago(60),
        reason: "counting in Redis is switched off",
      },
      redis: "disabled",
      unsynced: null,
      workerSeenAt: null,
      oldestUnsyncedAt: null,
    });
    expect(off.tone).toBe("calm");
    expect(off.headline).toContain("switched off");
  });

  it("names the processes when they differ, and leaves out silent ones", () => {
    const mixed = summarizeStatus({
      ...usual,
      processes: [web("web-1", "redis"), web("web-2", "database"), web("web-0", "journal", { silent: true })],
    });
    expect(mixed.tone).toBe("notice");
    expect(mixed.headline).toBe(
      "The 2 web processes count in different places: 1 in Redis (web-1) and 1 in the database (web-2).",
    );
  });

  it("prefers the answering process to its last sample", () => {
    expect(summarizeStatus({ ...usual, processes: [web("web-1", "database")] }).tone).toBe("calm");
  });

  it.each<[string, Partial<StatusFacts>, string]>([
    [
      "only the journal accepts views",
      { self: { process: "w", mode: "journal", since: ago(60), reason: "" } },
      "journal file",
    ],
    [
      "the worker is silent",
      { workerSeenAt: ago(300) },
      "The worker has been silent for 5 minutes (since 13:55 UTC)",
    ],
    [
      "the sync failed",
      { lastRun: { startedAt: ago(60), error: "shard 3: timeout" } },
      "failed: Shard 3: timeout.",
    ],
    [
      "the sync is late",
      { oldestUnsyncedAt: ago(19 * 3600) },
      "the oldest view waiting to sync is 19 hours old",
    ],
  ])("needs attention when %s", (_, facts, words) => {
    const { tone, headline, details } = summarizeStatus({ ...usual, ...facts });
    expect(tone).toBe("alarm");
    expect([headline, ...details].join(" ")).toContain(words);
  });

  it("says which lines of the journal need a person, and where they are", () => {
    const file: JournalFileNow = {
      file: "20261122T120000000Z-0a1b2c3d",
      process: "web-one-7",
      appended: 10,
      replayed: 7,
      rejected: 3,
      torn: 0,
      waiting: 0,
      missing: 0,
      setAside: 0,
      rejectedFile: "20261122T120000000Z-0a1b2c3d.rejected",
      updatedAt: ago(5),
    };
    const issues = (...files: Partial<JournalFileNow>[]) => {
      const { tone, details } = summarizeStatus({
        ...usual,
        journalFiles: files.map((one) => ({ ...file, ...one })),
      });
      return [tone, ...details];
    };
    expect(issues({}, { torn: 2, updatedAt: ago(90_000) })).toEqual(["calm"]);
    expect(
      issues({ setAside: 1 }, { setAside: 2, rejectedFile: "x.rejected", process: "web-two-1" }),
    ).toEqual([
      "alarm",
      "3 lines of the journal were set aside, because no store takes them: 20261122T120000000Z-0a1b2c3d.rejected (web-one-7) and x.rejected (web-two-1).",
    ]);
    expect(issues({ missing: 1 })).toEqual([
      "alarm",
      "1 view is missing: acknowledged in journal files that no process sees, 20261122T120000000Z-0a1b2c3d (last held by web-one-7).",
    ]);
    expect(issues({ torn: 1 })).toEqual([
      "notice",
      "1 line of the journal was cut off by a crash in the last day. It was never acknowledged.",
    ]);
  });

  it("mentions views that are still in a journal", () => {
    const { tone, details } = summarizeStatus({
      ...usual,
      processes: [web("web-1", "redis", { journalled: 3 })],
    });
    expect(tone).toBe("notice");
    expect(details).toEqual(["3 views are in the journal file, to be replayed with their original times."]);
  });
});
