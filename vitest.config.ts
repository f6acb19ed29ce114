import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest, longest first. Started last, one of them would run alone while the other worker idles. */
const SLOWEST = ["leftovers", "short", "harness", "outage", "bad-input"];

class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const rank = ({ moduleId }: TestSpecification) => {
      const position = SLOWEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return position < 0 ? SLOWEST.length : position;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  resolve: { alias: { "~": fileURLToPath(new URL("./app", import.meta.url)) } },
  test: {
    include: ["tests/{unit,contract,integration,faults}/**/*.test.{ts,tsx}"],
    environment: "node",
    // Test files start processes and change the environment: each gets a process of its own, two at a time.
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: SlowestFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
