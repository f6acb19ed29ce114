import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest, longest first. Started last, one of them would run alone while the other workers idle. */
const SLOWEST = ["short", "leftovers", "schedule", "failover", "postgres-deadlines", "incident", "outage"];

/**
 * The files that run Prisma's migration engine, a WebAssembly program, in their own process. In a process that has run many other
 * files, it has trapped ("unreachable"), and a promise that it owed never settled. These get a process each.
 */
const WITH_ENGINE = [
  "tests/integration/alert-migration.test.ts",
  "tests/integration/migrate.test.ts",
  "tests/faults/harness.test.ts",
  "tests/faults/short.test.ts",
];
/** The files that replace modules or the clock for the whole of their process. These get one each, too. */
const WITH_CLOCK = ["tests/integration/incident.test.ts"];

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
    projects: [
      {
        extends: true,
        test: {
          name: "shared",
          include: ["tests/{unit,contract,integration,faults}/**/*.test.{ts,tsx}"],
          exclude: [...WITH_ENGINE, ...WITH_CLOCK],
        },
      },
      { extends: true, test: { name: "engine", include: WITH_ENGINE, isolate: true } },
      { extends: true, test: { name: "clock", include: WITH_CLOCK, isolate: true } },
    ],
    environment: "node",
    // Three processes share the files: most of the time goes into waiting for deadlines and intervals, not into two cores. They keep
    // the modules that they have loaded, as loading them again for each file took a fifth of the time. So a file must not change
    // the environment, and must put back what it replaces.
    pool: "forks",
    maxWorkers: 3,
    isolate: false,
    sequence: { sequencer: SlowestFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
