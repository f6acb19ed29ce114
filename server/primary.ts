import cluster, { type Worker } from "node:cluster";
import type { Logger } from "../app/platform/logger";
import { answerGatherings } from "./gather-metrics";
import { createRestartPlan } from "./restart-plan";

/** A web process that has not ended this long after the signal, ms, is killed. By itself it gives up after eight seconds. */
const KILL_AFTER_MS = 10_000;

/** One of the web processes. `number` is its place, 1 to N, which its successor takes over. */
interface Member {
  number: number;
  worker: Worker;
  startedAt: number;
  listens: boolean;
}

/**
 * Starts so many web processes that share one port, and starts another for each that ends, until a stop signal: then all of them
 * finish what is in flight, and this process ends after the last. It ends with code 1 when they cannot run at all. It serves no
 * request and connects to no store, so that there is little that could end it.
 */
export function runPrimary(processes: number, log: Logger): void {
  // The other format would turn a metric that is not a number into null.
  cluster.setupPrimary({ serialization: "advanced" });
  const members = new Map<number, Member>();
  const plan = createRestartPlan();
  const delays = new Set<NodeJS.Timeout>();
  let exitCode: number | null = null;

  function start(number: number) {
    const worker = cluster.fork();
    const member: Member = { number, worker, startedAt: performance.now(), listens: false };
    members.set(number, member);
    worker.once("listening", () => {
      member.listens = true;
      plan.listened();
    });
    worker.once("exit", (code, signal) => onEnd(member, signal ? `of ${signal}` : `with code ${code}`));
    // Without this listener, a process that the system refuses to start would end this one.
    worker.once("error", (error) => onEnd(member, `of an error: ${error.message}`));
  }

  function onEnd(member: Member, how: string) {
    const { number, worker, startedAt } = member;
    if (members.get(number) !== member) return;
    members.delete(number);
    const pid = worker.process.pid;
    if (exitCode !== null) return leaveIfLast();
    const listening = [...members.values()].filter(({ listens }) => listens).length;
    const delayMs = plan.ended(performance.now() - startedAt, listening);
    if (delayMs === null) {
      log.fatal(
        { pid },
        `web process ${number} ended ${how}, and none is left that listens: giving up. The lines above say why it ended`,
      );
      return stop(1);
    }
    log.error(
      { pid, listening, delayMs },
      `web process ${number} ended ${how}; another starts in ${delayMs / 1000} s`,
    );
    const delay = setTimeout(() => {
      delays.delete(delay);
      start(number);
    }, delayMs);
    delays.add(delay);
  }

  function stop(code: number) {
    if (exitCode !== null) return;
    exitCode = code;
    for (const delay of delays) clearTimeout(delay);
    for (const { worker } of members.values()) worker.process.kill("SIGTERM");
    setTimeout(() => {
      for (const { number, worker } of members.values()) {
        log.error({ pid: worker.process.pid }, `web process ${number} did not stop in time and is killed`);
        worker.process.kill("SIGKILL");
      }
    }, KILL_AFTER_MS).unref();
    leaveIfLast();
  }

  function leaveIfLast() {
    if (members.size === 0) process.exit(exitCode ?? 0);
  }

  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      log.info({ signal }, "stopping all web processes");
      stop(0);
    });
  answerGatherings(() => [...members.values()]);
  log.info({ processes }, "starting the web processes");
  for (let number = 1; number <= processes; number += 1) start(number);
}
