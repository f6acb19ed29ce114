import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "./cluster";
import { faultNames } from "./faults";
import { openCluster, runSeeds } from "./harness";

/** The seed for every fault; the long version (`npm run faults`) runs thousands of seeds. */
const FIRST_SEED = 20_000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await openCluster();
}, 120_000);
afterAll(() => cluster?.stop(), 60_000);

describe("the site under faults, short version", () => {
  it.each([...faultNames, "mixed" as const])(
    "%s: nothing lost, nothing doubled, and every count adds up",
    async (fault) => {
      const totals = await runSeeds(cluster, { seed: FIRST_SEED, runs: 1, fault });
      const wrong = totals.failed.map(({ seed, faults, problems }) => ({ seed, faults, problems }));
      expect(wrong).toEqual([]);
      expect(totals).toMatchObject({ runs: 1, lost: 0, doubled: 0 });
      expect(totals.faults).toBeGreaterThan(0);
    },
    120_000,
  );
});
