import { describe, expect, it } from "vitest";
import { describeQueue } from "../../app/pages/queues/describe-queue";
import { throughputSeries } from "../../app/pages/queues/throughput-series";
import { measureJobs } from "../../app/telemetry/job-times";

const job = (more: object) => ({
  timestamp: 1000,
  processedOn: 1500,
  finishedOn: 3500,
  attemptsMade: 1,
  opts: {},
  ...more,
});

describe("the times of jobs", () => {
  it("count the wait from when a job was due, and leave out the waits of jobs that were tried again", () => {
    const { jobs, wait, run } = measureJobs([
      job({}),
      job({ opts: { delay: 400 } }),
      job({ attemptsMade: 3, finishedOn: 11_500 }),
    ]);
    expect(jobs).toBe(3);
    expect(wait).toEqual({ median: 100, p95: 500, longest: 500 });
    expect(run).toEqual({ median: 2000, p95: 10_000, longest: 10_000 });
  });

  it("are unknown without jobs that have ended", () => {
    expect(measureJobs([job({ finishedOn: undefined })])).toEqual({ jobs: 0, wait: null, run: null });
  });
});

describe("the jobs that ended, over time", () => {
  const now = Date.UTC(2026, 10, 30, 12, 10);
  const range = { key: "24h", label: "24 h", words: "the last 24 hours", seconds: 86_400, stepSeconds: 1800 };
  const none = { counts: [], newestAt: null };

  it("add minutes up to buckets: zero since the first counted job, unknown before", () => {
    const newestAt = Date.UTC(2026, 10, 30, 11, 0);
    const { points } = throughputSeries(
      { completed: { counts: [2, 0, 1], newestAt }, failed: { counts: [1], newestAt } },
      range,
      now,
    );
    const at = (hour: number, minute: number) =>
      points.find((point) => point.at === Date.UTC(2026, 10, 30, hour, minute))?.values;
    expect(at(11, 0)).toEqual({ completed: 2, failed: 1 });
    expect(at(10, 30)).toEqual({ completed: 1, failed: 0 });
    expect(at(11, 30)).toEqual({ completed: 0, failed: 0 });
    expect(at(10, 0)).toBeNull();
  });

  it("are unknown where no job was ever counted", () => {
    const { points } = throughputSeries({ completed: none, failed: none }, range, now);
    expect(points.every(({ values }) => values === null)).toBe(true);
  });
});

describe("the headline of the queue", () => {
  const data = {
    counts: { waiting: 0, active: 0, failed: 0 },
    workers: [{}] as object[] | null,
    nextAt: "later",
  };
  const say = (more: object, why: string | null = null) =>
    describeQueue({ queue: true, state: { data: { ...data, ...more }, why } });

  it("names the worst first", () => {
    expect(say({ workers: [], counts: { waiting: 3, active: 0, failed: 2 } })).toMatch(/^No worker/);
    expect(say({ nextAt: null })).toMatch(/no schedule/);
    expect(say({ counts: { waiting: 2, active: 1, failed: 0 } })).toBe("A sync is running, 2 jobs waiting");
    expect(say({ counts: { waiting: 0, active: 0, failed: 1 } })).toMatch(/1 failed job kept/);
    expect(say({ workers: null })).toBe("Nothing is waiting, and no job has failed");
  });

  it("says unreachable when it is, whatever was read before", () => {
    expect(say({}, "no answer within 1500 ms")).toMatch(/^Redis is unreachable/);
    expect(describeQueue({ queue: false, state: { data: null, why: "none" } })).toBe("There is no queue");
  });
});
