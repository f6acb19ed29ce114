import { createClient } from "./client";
import { type Cluster, type ClusterOptions, startCluster } from "./cluster";
import type { FaultName } from "./faults";
import type { Mutant } from "./mutants";
import { PROBE_SLUG, quiesce } from "./quiesce";
import { type RunResult, runSeed } from "./run";
import { writeStory } from "./stories";

export interface HarnessOptions {
  /** Seed of the first run; the next run has the next number. */
  seed: number;
  /** How many runs that count, unless `minutes` end first. */
  runs: number;
  minutes?: number;
  /** One fault for all runs; otherwise each seed chooses. */
  fault?: FaultName | "mixed";
  /** A bug in the syncs that are killed, to check that the harness finds it. */
  mutant?: Mutant;
  /** Called at the end of every run; `counts` is false for a run in which no fault fired. */
  onRun?: (run: RunResult, counts: boolean) => void;
  signal?: AbortSignal;
}

export interface Totals {
  runs: number;
  views: number;
  faults: number;
  lost: number;
  doubled: number;
  /** Runs with any problem. */
  failed: RunResult[];
}

/** A fault that never fires is not tested: after this many idle runs in a row, the harness gives up. */
const MOST_IDLE = 25;

/** Starts a cluster, runs the seeds on it, and ends every process that it started, whatever happens. */
export async function runHarness(options: HarnessOptions & ClusterOptions): Promise<Totals> {
  const cluster = await openCluster(options);
  try {
    return await runSeeds(cluster, options);
  } finally {
    await cluster.stop();
  }
}

/** Starts a cluster with the probe story, which shows whether the cluster is quiet. */
export async function openCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = await startCluster(options);
  try {
    await writeStory(cluster.pool, PROBE_SLUG, 0);
    const client = createClient(cluster);
    // Connections are made and salts fetched before the first run.
    await quiesce(cluster, client, null).finally(() => client.close());
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/**
 * Runs seeds until enough of them count.
 * @throws Error when the fault never fires.
 */
export async function runSeeds(cluster: Cluster, options: HarnessOptions): Promise<Totals> {
  const { onRun = () => {}, signal } = options;
  const totals: Totals = { runs: 0, views: 0, faults: 0, lost: 0, doubled: 0, failed: [] };
  const deadline = options.minutes ? Date.now() + options.minutes * 60_000 : Number.POSITIVE_INFINITY;
  let idle = 0;
  for (let seed = options.seed; totals.runs < options.runs && Date.now() < deadline; seed += 1) {
    const run = await runSeed(cluster, seed, options.fault, options.mutant ?? null);
    if (signal?.aborted) break;
    const counts = run.fired > 0 || run.problems.length > 0;
    onRun(run, counts);
    idle = counts ? 0 : idle + 1;
    if (idle >= MOST_IDLE) throw new Error(`no fault fired in ${idle} runs: nothing was tested`);
    if (!counts) continue;
    totals.runs += 1;
    totals.views += run.views;
    totals.faults += run.fired;
    totals.lost += run.lost;
    totals.doubled += run.doubled;
    if (run.problems.length > 0) totals.failed.push(run);
  }
  return totals;
}
