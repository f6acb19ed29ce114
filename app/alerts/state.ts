/** The result of evaluating a rule once. */
export interface Evaluation {
  /** "unknown": the data is missing, which never counts as "ok". */
  result: "ok" | "breached" | "unknown";
  /** In the rule's unit; null where there is none. */
  value: number | null;
  /** The value against its threshold, as a sentence. */
  message: string;
}

/** A rule's timing, in seconds. */
export interface Durations {
  forSeconds: number;
  keepFiringSeconds: number;
}

/** An unresolved alert. It exists from the first breach of its rule. */
export interface AlertState {
  phase: "pending" | "firing";
  pendingAt: Date;
  firedAt: Date | null;
  /** The latest evaluation that found the rule breached. */
  breachedAt: Date;
  unknownSince: Date | null;
  /** The channels were notified that it is firing. */
  notified: boolean;
  acknowledgedAt: Date | null;
  snoozedUntil: Date | null;
}

export type Transition =
  | { to: "none"; phase: "ok" | "no-data" }
  | { to: "open"; phase: "pending" | "firing"; state: AlertState; notify: boolean }
  /** It fired, and the rule is no longer breached. */
  | { to: "resolved"; phase: "ok" | "no-data"; state: AlertState; notify: boolean }
  /** It never fired, so it leaves no alert behind. */
  | { to: "dropped"; phase: "ok" | "no-data" };

/** An alert's status on screen. */
export type AlertStatus = "pending" | "firing" | "acknowledged" | "snoozed" | "silenced" | "resolved";

const after = (from: Date, seconds: number) => from.getTime() + seconds * 1000;

/**
 * The next state of a rule: ok → pending → firing → resolved, from its evaluation at `now`. Pure, and the only place that decides.
 *
 * - The alert fires once the rule has been breached for `forSeconds` without an ok evaluation in between. An evaluation without
 *   data neither counts nor interrupts.
 * - It resolves at an ok evaluation at least `keepFiringSeconds` after the last breach. Flapping within that time is one alert,
 *   and missing data never resolves one.
 * - `notify` asks for a notification: once when the alert fires, unless it is silenced, snoozed or acknowledged; again when a snooze
 *   runs out; and when it resolves, if the channels were notified that it fired.
 */
export function nextState(
  state: AlertState | null,
  evaluation: Evaluation,
  rule: Durations & { silencedUntil: Date | null },
  now: Date,
): Transition {
  const { result } = evaluation;
  if (!state) {
    if (result !== "breached") return { to: "none", phase: result === "unknown" ? "no-data" : "ok" };
    const pending: AlertState = {
      phase: "pending",
      pendingAt: now,
      firedAt: null,
      breachedAt: now,
      unknownSince: null,
      notified: false,
      acknowledgedAt: null,
      snoozedUntil: null,
    };
    return keepOpen(pending, rule, now);
  }
  if (result === "unknown")
    return keepOpen({ ...state, unknownSince: state.unknownSince ?? now }, rule, now, false);
  const known = { ...state, unknownSince: null };
  if (result === "breached") return keepOpen({ ...known, breachedAt: now }, rule, now);
  if (known.phase === "pending") return { to: "dropped", phase: "ok" };
  if (now.getTime() >= after(known.breachedAt, rule.keepFiringSeconds))
    return { to: "resolved", phase: "ok", state: known, notify: known.notified };
  return keepOpen(known, rule, now);
}

/** The transition that ends the alert of a rule that was disabled. */
export const closeDisabled = (state: AlertState): Transition =>
  state.phase === "pending"
    ? { to: "dropped", phase: "ok" }
    : { to: "resolved", phase: "ok", state, notify: state.notified };

function keepOpen(
  state: AlertState,
  rule: Durations & { silencedUntil: Date | null },
  now: Date,
  mayFire = true,
): Transition {
  const next = { ...state };
  const due = next.breachedAt.getTime() >= after(next.pendingAt, rule.forSeconds);
  if (next.phase === "pending" && mayFire && due) {
    next.phase = "firing";
    next.firedAt = now;
  }
  if (next.phase === "pending") return { to: "open", phase: "pending", state: next, notify: false };
  const silenced = isSilenced(rule, now);
  const snoozeEnded = next.snoozedUntil !== null && next.snoozedUntil <= now && !silenced;
  if (snoozeEnded) next.snoozedUntil = null;
  const muted = silenced || next.snoozedUntil !== null || next.acknowledgedAt !== null;
  const notify = !muted && (snoozeEnded || !next.notified);
  if (notify) next.notified = true;
  return { to: "open", phase: "firing", state: next, notify };
}

/** Whether a rule is silenced at `now`. */
export const isSilenced = (rule: { silencedUntil: Date | null }, now: Date) =>
  rule.silencedUntil !== null && rule.silencedUntil > now;

/** An alert's status: a decision by an operator takes precedence over the rule's phase. */
export function statusOf(
  alert: { phase: string; acknowledgedAt: Date | null; snoozedUntil: Date | null },
  rule: { silencedUntil: Date | null },
  now: Date,
): AlertStatus {
  if (alert.phase === "resolved" || alert.phase === "pending") return alert.phase;
  if (isSilenced(rule, now)) return "silenced";
  if (alert.snoozedUntil && alert.snoozedUntil > now) return "snoozed";
  return alert.acknowledgedAt ? "acknowledged" : "firing";
}
