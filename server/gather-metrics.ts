import cluster, { type Worker } from "node:cluster";
import type { MetricsOfOne, MetricsOfProcess } from "../app/telemetry/metrics";

/** Processes that do not answer within this time, ms, are left out of a scrape. */
const ANSWER_MS = 1000;

/** What the web processes and their primary send to each other. `id` belongs to one scrape of one process. */
type Message =
  /** The scraped process to the primary. */
  | { type: "gather"; id: number }
  /** The primary to every process, and its answer. */
  | { type: "report"; id: number }
  | { type: "reported"; id: number; metrics: MetricsOfOne }
  /** The primary to the scraped process. */
  | { type: "gathered"; id: number; all: MetricsOfProcess[] };

/**
 * In a web process: answers the primary with this process's own metrics. @returns a function that gathers those of all web
 * processes, which rejects when the primary does not answer; null when this process is the only one.
 */
export function shareMetrics(own: () => Promise<MetricsOfOne>): (() => Promise<MetricsOfProcess[]>) | null {
  if (!cluster.isWorker) return null;
  const waiting = new Map<number, (all: MetricsOfProcess[]) => void>();
  let ids = 0;
  process.on("message", async (message: Message) => {
    if (message.type === "report") send({ type: "reported", id: message.id, metrics: await own() });
    else if (message.type === "gathered") waiting.get(message.id)?.(message.all);
  });
  return () =>
    new Promise((resolve, reject) => {
      const id = ids++;
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new Error("the primary process does not answer"));
      }, 2 * ANSWER_MS);
      waiting.set(id, (all) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(all);
      });
      send({ type: "gather", id });
    });
}

const send = (message: Message) => process.send?.(message);

/** In the primary: gathers the metrics of all web processes for the one that is scraped. */
export function answerGatherings(members: () => { number: number; worker: Worker }[]): void {
  const gatherings = new Map<number, (worker: Worker, metrics: MetricsOfOne) => void>();
  let ids = 0;

  function gather(done: (all: MetricsOfProcess[]) => void) {
    const id = ids++;
    const asked = members().filter(({ worker }) => worker.isConnected());
    const all: MetricsOfProcess[] = [];
    const end = () => {
      clearTimeout(timer);
      gatherings.delete(id);
      done(all.sort((a, b) => a.process - b.process));
    };
    const timer = setTimeout(end, ANSWER_MS);
    gatherings.set(id, (worker, metrics) => {
      const member = asked.find((one) => one.worker === worker);
      if (member) all.push({ process: member.number, metrics });
      if (all.length === asked.length) end();
    });
    for (const { worker } of asked) worker.send({ type: "report", id } satisfies Message);
  }

  cluster.on("message", (worker, message: Message) => {
    if (message.type === "reported") gatherings.get(message.id)?.(worker, message.metrics);
    if (message.type !== "gather") return;
    gather((all) => {
      if (worker.isConnected()) worker.send({ type: "gathered", id: message.id, all } satisfies Message);
    });
  });
}
