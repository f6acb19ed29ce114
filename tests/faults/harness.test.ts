import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "./cluster";
import { openCluster, runSeeds } from "./harness";
import { countClusters, judgeHistory } from "./model";
import { planRun } from "./plan";

const HOUR_MS = 3_600_000;
const WINDOW_MS = 24 * HOUR_MS;

describe("the harness finds a deliberate bug", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await openCluster();
  }, 120_000);
  afterAll(() => cluster?.stop(), 60_000);

  /** The first seed whose plan kills a sync where the bug shows. */
  function seedThatKills(at: string): number {
    for (let seed = 1; ; seed += 1) {
      const kill = planRun(seed, "sync-kill").phases.find(({ fault }) => fault)?.fault?.params;
      if (kill?.label === at && kill.nth === 1) return seed;
    }
  }

  it.each([
    ["clears its buffer before it commits", "acknowledge-before-commit", "sync:counts-settled", "lost"],
    [
      "commits without a mark and clears its buffer after it",
      "clear-after-commit",
      "sync:marks-committed",
      "doubled",
    ],
  ] as const)(
    "a sync that %s: no error without the bug, an error with it",
    async (_, mutant, label, number) => {
      const options = { seed: seedThatKills(label), runs: 1, fault: "sync-kill" } as const;
      expect(await runSeeds(cluster, options)).toMatchObject({ runs: 1, lost: 0, doubled: 0 });
      // Shards are synced side by side: the first one to reach the step may hold nothing of the run.
      const totals = await runSeeds(cluster, { ...options, runs: 5, mutant });
      expect(totals[number]).toBeGreaterThan(0);
      expect(totals.failed.flatMap(({ problems }) => problems).join()).toMatch(
        /is right|not covered|not separated/,
      );
    },
    90_000,
  );
});

describe("the model", () => {
  const at = (hours: number, reader = 1) => ({ reader, at: hours * HOUR_MS });

  it("counts one view per cluster and reader", () => {
    expect(countClusters([at(0), at(20), at(44), at(50), at(3, 2)], WINDOW_MS)).toBe(3);
    expect(
      countClusters(
        [
          { reader: 1, at: 0 },
          { reader: 1, at: WINDOW_MS },
        ],
        WINDOW_MS,
      ),
    ).toBe(2);
    expect(() => countClusters([at(0), at(20), at(40)], WINDOW_MS)).toThrow("longer than a window");
  });

  it("detects views that are not covered and views that are not separated", () => {
    const history = [at(0), at(10), at(30)];
    const judged = (counted: number[]) =>
      judgeHistory(history, new Map(counted.map((hour) => [hour, 1])), WINDOW_MS);
    expect(judged([0, 30])).toMatchObject({ lost: 0, missing: 0, doubled: 0 });
    expect(judged([10])).toMatchObject({ lost: 0, missing: 0, doubled: 0 });
    expect(judged([0])).toMatchObject({ lost: 1, missing: 1, doubled: 0 });
    expect(judged([0, 10, 30])).toMatchObject({ lost: 0, doubled: 2 });
    expect(judged([0, 30, 40])).toMatchObject({ lost: 0, doubled: 1 });
    expect(
      judgeHistory(
        history,
        new Map([
          [0, 2],
          [30, 1],
        ]),
        WINDOW_MS,
      ),
    ).toMatchObject({ lost: 0, doubled: 1 });
  });

  it("draws the same plan from the same seed", () => {
    expect(planRun(7, undefined)).toEqual(planRun(7, undefined));
    expect(planRun(7, "mixed")).not.toEqual(planRun(8, "mixed"));
  });
});
