import { realTimer, type Timer, withTimeout } from "./timeout";

/** Whether callers are kept away, since when and why. */
export interface BreakerState {
  open: boolean;
  /** Unix ms of the last change. */
  since: number;
  /** Why it is open, in a few words; empty while closed. */
  reason: string;
}

/** The work was not attempted, because the breaker is open. */
export class BreakerOpen extends Error {
  override name = "BreakerOpen";
}

/** Stands between callers and a store. */
export interface Breaker {
  /** Runs the work unless the breaker is open; rejects with BreakerOpen, with the work's error, or when it takes too long. */
  run<T>(work: () => Promise<T>): Promise<T>;
  state(): BreakerState;
  /** Whether the store can be asked: the breaker is closed, or a drill holds it open while the store answers its probes. */
  answers(): boolean;
  /** Opens it for a reason the caller gives, such as a lost connection. Probes close it again. */
  trip(reason: string): void;
  /** With a reason, opens it and keeps it open whatever the probes find (a drill); with null, lets probes close it again. */
  hold(reason: string | null): void;
  stop(): void;
}

const PROBE_EVERY_MS = 250;
/** A breaker that trips again this soon after closing, ms, was closed too early. */
const FLAP_MS = 10_000;
const MAX_PROBES_NEEDED = 4;

/**
 * Keeps callers away from a store that does not answer. One failure opens it: every view has somewhere else to go, so a
 * false alarm costs little, while waiting for a second failure would cost a second reader `timeoutMs`. While it is open, it
 * probes the store every 250 ms, one probe at a time; callers are never used as probes. A breaker that flaps needs more
 * successful probes in a row, up to four, so it closes about a second after the store has recovered.
 */
export function createBreaker(options: {
  timeoutMs: number;
  probe: () => Promise<unknown>;
  onChange: (state: BreakerState) => void;
  timer?: Timer;
}): Breaker {
  const { timeoutMs, probe, onChange, timer = realTimer } = options;
  let state: BreakerState = { open: false, since: timer.now(), reason: "" };
  let held: string | null = null;
  let probesNeeded = 1;
  let probesPassed = 0;
  let next: { cancel(): void } | null = null;
  let stopped = false;

  function change(open: boolean, reason: string) {
    state = { open, since: timer.now(), reason };
    onChange(state);
  }

  function trip(reason: string) {
    if (state.open || stopped) return;
    const flapped = timer.now() - state.since < FLAP_MS && probesPassed > 0;
    probesNeeded = flapped ? Math.min(probesNeeded * 2, MAX_PROBES_NEEDED) : 1;
    probesPassed = 0;
    change(true, reason);
    schedule();
  }

  function schedule() {
    next = timer.after(PROBE_EVERY_MS, async () => {
      try {
        await withTimeout(timeoutMs, probe(), timer);
        probesPassed += 1;
      } catch {
        // The store still does not answer, as the open breaker already reports.
        probesPassed = 0;
      }
      if (stopped || !state.open) return;
      if (probesPassed >= probesNeeded && held === null) change(false, "");
      else schedule();
    });
  }

  return {
    async run(work) {
      if (state.open) throw new BreakerOpen(state.reason);
      const changedAt = state.since;
      try {
        return await withTimeout(timeoutMs, work(), timer);
      } catch (error) {
        // Work that started before the last change says nothing about the store's present state.
        if (state.since === changedAt) trip(error instanceof Error ? error.message : String(error));
        throw error;
      }
    },
    state: () => state,
    answers: () => !state.open || (held !== null && probesPassed > 0),
    trip,
    hold(reason) {
      held = reason;
      if (reason !== null) trip(reason);
    },
    stop() {
      stopped = true;
      next?.cancel();
    },
  };
}
