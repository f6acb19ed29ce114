import { describe, expect, it } from "vitest";
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

describe("the status summary", () => {
  it("is one sentence when all is well", () => {
    expect(summarizeStatus(usual)).toEqual({
      tone: "calm",
      headline: "All views are counted in Redis. 214 are waiting to sync at 14:00:00 UTC.",
      details: [],
    });
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
      "Views have been counted in the database since 12:41 UTC, because the connection to Redis was lost.",
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
