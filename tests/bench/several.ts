import { cpus } from "node:os";
import { sleep } from "../../scripts/services/process";
import { cpuSeconds } from "./cpu";
import { load } from "./load";
import { type Machine, type Server, startMachine } from "./machine";
import type { Measurement, Suite } from "./measure";
import { newReader, writeStories } from "./views";

const TOKEN = "the token of the benchmark";
const CONNECTIONS = 64;
const MEASURE_MS = 2000;
const WARM_UP_MS = 3000;
/** Two for the web processes, and as many for the load and the stores. */
const CORES_NEEDED = 4;

/**
 * One and two web processes behind one port: views per second, and the processor time of a view in all of them, the primary included.
 * The time does not depend on whether cores are free.
 */
export function severalSuite(): Suite {
  let machine: Machine | undefined;
  return {
    cases: [
      { name: "view-redis-new-1", unit: "views/s" },
      { name: "view-redis-new-2", unit: "views/s", reference: "view-redis-new-1" },
      { name: "view-cpu-1", unit: "µs" },
      { name: "view-cpu-2", unit: "µs", reference: "view-cpu-1" },
    ],
    rounds: 5,
    ...(cpus().length < CORES_NEEDED && {
      note: `view-redis-new-2: two web processes, load and stores share ${cpus().length} cores, so it cannot show what a core adds; view-cpu-2 can.`,
    }),
    async open(names) {
      machine = await startMachine();
      await writeStories(machine);
      const measurements: Record<string, Measurement> = {};
      for (const processes of [1, 2]) {
        if (![...names].some((name) => name.endsWith(`-${processes}`))) continue;
        const site = await machine.startSite({
          REDIS_URL: machine.redisUrl,
          VIEW_TRACKING_REDIS_ENABLED: "true",
          WEB_CONCURRENCY: String(processes),
          METRICS_TOKEN: TOKEN,
          // A process that has just started reads the stories; on a busy machine that takes longer than readers should wait.
          VIEW_DATABASE_TIMEOUT_MS: "10000",
        });
        await allListen(site, processes);
        const measure = measureSite(site);
        await measure(WARM_UP_MS);
        measurements[`view-redis-new-${processes}`] = async () => (await measure(MEASURE_MS)).views;
        measurements[`view-cpu-${processes}`] = async () => ({ value: (await measure(MEASURE_MS)).cpuUs });
      }
      return measurements;
    },
    async close() {
      await machine?.close();
    },
  };
}

/** The first process answers before the others have started, whose start must not be measured. */
async function allListen({ port }: Server, processes: number) {
  const headers = { authorization: `Bearer ${TOKEN}` };
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers });
    if ((await answer.text()).includes(`\ntidemark_web_processes ${processes}\n`)) return;
    await sleep(100);
  }
}

function measureSite({ port, pid }: Server) {
  const request = newReader();
  return async (forMs: number) => {
    let sent = 0;
    const before = cpuSeconds(pid);
    const views = await load({
      port,
      forMs,
      connections: CONNECTIONS,
      expect: 200,
      request: () => {
        sent += 1;
        return request();
      },
    });
    return { views, cpuUs: ((cpuSeconds(pid) - before) * 1e6) / sent };
  };
}
