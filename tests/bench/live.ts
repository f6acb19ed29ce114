import { connect, type Socket } from "node:net";
import { sleep } from "../../scripts/services/process";
import { signInReaders } from "../support/signed-in-readers";
import { cpuSeconds } from "./cpu";
import { BENCH_SECRET, type Machine, type Server, startMachine } from "./machine";
import type { Suite } from "./measure";
import { writeStories } from "./views";

const DASHBOARDS = 500;
const MEASURE_MS = 20_000;
/** The process has compiled what it runs, and written its first samples. */
const SETTLE_MS = 15_000;
/** A worker, and other web processes, write a sample in the time between two of this one. */
const SAMPLE_MS = 5000;

/** The processor time of a web process that gets no views, without dashboards and with 500 open ones, each with a session of its own. */
export function liveSuite(): Suite {
  let machine: Machine | undefined;
  let sampling: NodeJS.Timeout | undefined;
  return {
    cases: [
      { name: "live-0", unit: "cores" },
      { name: "live-500", unit: "cores", reference: "live-0" },
    ],
    rounds: 1,
    async open() {
      machine = await startMachine();
      const { pool, redisUrl } = machine;
      await writeStories(machine);
      const site = await machine.startSite({ REDIS_URL: redisUrl, VIEW_TRACKING_REDIS_ENABLED: "true" });
      const numbers = Array.from({ length: DASHBOARDS }, (_, i) => i);
      const cookies = await signInReaders(pool, "operator", numbers, BENCH_SECRET);
      await pool.query(`UPDATE "User" SET role = 'OPS'`);
      const sample = () =>
        pool
          .query(
            `INSERT INTO "Sample" (at, span, process, role, mode) VALUES (now() - interval '10 s', 10, 'worker-x', 'worker', 'redis')`,
          )
          .catch(() => undefined);
      sampling = setInterval(sample, SAMPLE_MS);
      await sleep(SETTLE_MS);
      return {
        "live-0": () => measure(site),
        async "live-500"() {
          const dashboards = [...cookies.values()].map((cookie) => openDashboard(site.port, cookie));
          await Promise.all(dashboards.map(({ opened }) => opened));
          await sleep(SETTLE_MS);
          const before = dashboards.map(({ events }) => events());
          const found = await measure(site);
          const least = Math.min(...dashboards.map(({ events }, i) => events() - (before[i] ?? 0)));
          for (const { socket } of dashboards) socket.destroy();
          if (least < 2) throw new Error("a dashboard got no events: it was not live");
          return found;
        },
      };
    },
    async close() {
      clearInterval(sampling);
      await machine?.close();
    },
  };
}

async function measure({ pid }: Server) {
  const before = cpuSeconds(pid);
  await sleep(MEASURE_MS);
  return { value: (cpuSeconds(pid) - before) / (MEASURE_MS / 1000) };
}

function openDashboard(port: number, cookie: string) {
  const socket: Socket = connect({ port, host: "127.0.0.1" });
  let events = 0;
  socket.write(`GET /admin/live?range=1h HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${cookie}\r\n\r\n`);
  const opened = new Promise<void>((resolve, reject) => {
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      if (text.startsWith("HTTP/1.1 ") && !text.startsWith("HTTP/1.1 200")) reject(new Error(text));
      events += text.split("data: {").length - 1;
      if (events > 0) resolve();
    });
    socket.on("error", reject);
  });
  return { socket, opened, events: () => events };
}
