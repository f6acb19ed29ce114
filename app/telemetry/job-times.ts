/** How long jobs took, in ms: half of them at most `median`, and none longer than `longest`. */
export interface Times {
  median: number;
  p95: number;
  longest: number;
}

/** How long the latest jobs waited for a worker, and ran; null without jobs to tell from. */
export interface JobTimes {
  jobs: number;
  wait: Times | null;
  run: Times | null;
}

/** The times of a job that BullMQ keeps, in Unix ms. */
interface TimedJob {
  id?: string;
  timestamp: number;
  processedOn?: number;
  finishedOn?: number;
  attemptsMade: number;
  opts: { delay?: number };
}

/**
 * Measures jobs that have ended. A job waits from when it was due, not from when it was added: the schedule adds its next job an
 * interval ahead. One that was tried again says nothing about waiting, as BullMQ keeps the start of its last attempt only.
 */
export function measureJobs(jobs: readonly TimedJob[]): JobTimes {
  const wait: number[] = [];
  const run: number[] = [];
  for (const { timestamp, processedOn, finishedOn, attemptsMade, opts } of jobs) {
    if (!processedOn || !finishedOn) continue;
    run.push(finishedOn - processedOn);
    if (attemptsMade <= 1) wait.push(Math.max(0, processedOn - timestamp - (opts.delay ?? 0)));
  }
  return { jobs: run.length, wait: summarise(wait), run: summarise(run) };
}

function summarise(values: number[]): Times | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { median: at(0.5), p95: at(0.95), longest: at(1) };
}
