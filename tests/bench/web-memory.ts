import { rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { sleep } from "../../scripts/services/process";
import { scratchFolder } from "../../scripts/services/reaper";
import { load } from "./load";
import { type Machine, type Server, startMachine } from "./machine";
import type { Measurement, Suite } from "./measure";
import { newReader, writeStories } from "./views";

/** After how many million views, ascending, and what each is compared with. */
const MILLIONS = [{ millions: 1 }, { millions: 2 }, { millions: 3, of: 1 }, { millions: 10, of: 2 }];
const CONNECTIONS = 64;
const SLICE_MS = 1000;

/**
 * Memory of a web process after so many views, each by a new reader: the heap after a forced collection, and what the process occupies.
 * The cases of one run go on from each other, so ask for 1m and 3m (six minutes), or for 2m and 10m.
 */
export function webMemorySuite(): Suite {
  let machine: Machine | undefined;
  return {
    cases: MILLIONS.flatMap(({ millions, of }) =>
      ["web-heap", "web-rss"].map((name) => ({
        name: `${name}-${millions}m`,
        unit: "MB" as const,
        ...(of && { reference: `${name}-${of}m` }),
      })),
    ),
    rounds: 1,
    async open() {
      machine = await startMachine();
      await writeStories(machine);
      const file = path.join(scratchFolder("web-memory"), "memory.json");
      const site = await machine.startSite(
        { REDIS_URL: machine.redisUrl, VIEW_TRACKING_REDIS_ENABLED: "true", MEMORY_FILE: file },
        ["--expose-gc", "--import", "./tests/bench/report-memory.mjs"],
      );
      const request = newReader();
      let sent = 0;
      const sendUpTo = async (views: number) => {
        while (sent < views)
          await load({
            port: site.port,
            forMs: SLICE_MS,
            connections: CONNECTIONS,
            expect: 200,
            request: () => {
              sent += 1;
              return request();
            },
          });
      };
      const measurements: Record<string, Measurement> = {};
      for (const { millions } of MILLIONS)
        for (const [name, key] of [
          ["web-heap", "heapUsed"],
          ["web-rss", "rss"],
        ] as const)
          measurements[`${name}-${millions}m`] = async () => {
            await sendUpTo(millions * 1e6);
            return { value: (await memoryOf(site, file))[key] / 1e6 };
          };
      return measurements;
    },
    async close() {
      await machine?.close();
    },
  };
}

/** Asks the process to collect its garbage and to report (`report-memory.mjs`). */
async function memoryOf({ pid }: Server, file: string): Promise<NodeJS.MemoryUsage> {
  rmSync(file, { force: true });
  process.kill(pid, "SIGUSR2");
  for (;;) {
    const text = await readFile(file, "utf8").catch(() => "");
    if (text.endsWith("}")) return JSON.parse(text) as NodeJS.MemoryUsage;
    await sleep(50);
  }
}
