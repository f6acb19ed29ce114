/** The result of evaluating a rule once. */
export interface Evaluation {
  /** "unknown": the data is missing, which never counts as "ok". */
  result: "ok" | "breached" | "unknown";
  /** In the rule's unit; null where there is none. */
  value: number | null;
  /** The value against its threshold, as a sentence. */
  message: string;
  /** Since when the result has been so, where the facts tell; otherwise it counts from the evaluation. */
  since?: Date;
  /** Why this is intended. An alert that fires then needs no attention; with "ok", an alert is resolved at once. */
  explanation?: Explanation;
}

export interface Explanation {
  text: string;
  /** The drill that is behind it, if one is. */
  drillId: number | null;
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
  /** It is firing, and the rule has been back to normal since then. */
  recoveringSince: Date | null;
  /** Why the breach is intended. */
  explanation: string | null;
  drillId: number | null;
  /** The channels were notified that it is firing. */
  notified: boolean;
  acknowledgedAt: Date | null;
  snoozedUntil: Date | null;
}

/** What an evaluation can do to an alert, for its timeline. */
export type EvaluationStep =
  | "pending"
  | "firing"
  | "recovering"
  | "relapsed"
  | "explained"
  | "unexplained"
  | "resolved";

export type Transition =
  | { to: "none"; phase: "ok" | "no-data" }
  | {
      to: "open";
      phase: "pending" | "firing" | "recovering";
      state: AlertState;
      notify: boolean;
      steps: EvaluationStep[];
    }
  /** It fired, and the rule is no longer breached. */
  | { to: "resolved"; phase: "ok"; state: AlertState; notify: boolean; steps: EvaluationStep[] }
  /** It never fired, so it leaves no alert behind. */
  | { to: "dropped"; phase: "ok" };

/** An alert's status on screen. */
export type AlertStatus =
  | "pending"
  | "firing"
  | "recovering"
  | "explained"
  | "acknowledged"
  | "snoozed"
  | "silenced"
  | "resolved";

type Rule = Durations & { silencedUntil: Date | null };

/** Back to normal for this long, seconds, a rule that is breached again is news: the channels are notified again. */
export const RELAPSE_SECONDS = 60;

const after = (from: Date, seconds: number) => new Date(from.getTime() + seconds * 1000);

/**
 * The next state of a rule: ok → pending → firing → recovering → resolved, from its evaluation at `now`. Pure, and the only place
 * that decides.
 *
 * - The alert fires once the rule has been breached for `forSeconds` without an ok evaluation in between. An evaluation without
 *   data neither counts nor interrupts.
 * - It recovers at the first ok evaluation, and resolves at an ok one once it has recovered for `keepFiringSeconds`. Flapping within
 *   that time is one alert, and missing data never resolves one.
 * - An ok evaluation with an explanation (an operator chose this) resolves it at once.
 * - `notify` asks for a notification: once when the alert fires, unless it is silenced, snoozed or acknowledged; again when a snooze
 *   runs out, when it relapses after `RELAPSE_SECONDS` or loses its explanation (then even if someone has acknowledged it: they saw
 *   something else); and when it resolves, if the channels were notified that it fired.
 */
export function nextState(
  state: AlertState | null,
  evaluation: Evaluation,
  rule: Rule,
  now: Date,
): Transition {
  const { result } = evaluation;
  if (!state) {
    if (result !== "breached") return { to: "none", phase: result === "unknown" ? "no-data" : "ok" };
    return keepOpen(pendingSince(evaluation.since ?? now, evaluation, now), rule, now, {
      steps: ["pending"],
    });
  }
  if (result === "unknown")
    return keepOpen({ ...state, unknownSince: state.unknownSince ?? now }, rule, now, { mayFire: false });
  const known = { ...state, unknownSince: null };
  return result === "breached" ? breach(known, evaluation, rule, now) : recover(known, evaluation, rule, now);
}

function pendingSince(since: Date, { explanation }: Evaluation, now: Date): AlertState {
  return {
    phase: "pending",
    pendingAt: since,
    firedAt: null,
    breachedAt: now,
    unknownSince: null,
    recoveringSince: null,
    explanation: explanation?.text ?? null,
    drillId: explanation?.drillId ?? null,
    notified: false,
    acknowledgedAt: null,
    snoozedUntil: null,
  };
}

function breach(state: AlertState, evaluation: Evaluation, rule: Rule, now: Date): Transition {
  const since = evaluation.since ?? now;
  const explanation = evaluation.explanation ?? null;
  const next: AlertState = {
    ...state,
    breachedAt: now,
    recoveringSince: null,
    explanation: explanation?.text ?? null,
    // An alert that began as a drill's stays in that drill's record.
    drillId: explanation?.drillId ?? state.drillId,
  };
  if (state.phase === "pending")
    return keepOpen({ ...next, pendingAt: evaluation.since ?? state.pendingAt }, rule, now);
  const relapsed = state.recoveringSince !== null && since >= after(state.recoveringSince, RELAPSE_SECONDS);
  const unexplained = state.explanation !== null && explanation === null;
  const steps: EvaluationStep[] = [
    ...(state.recoveringSince ? (["relapsed"] as const) : []),
    ...(unexplained ? (["unexplained"] as const) : []),
    ...(state.explanation === null && explanation ? (["explained"] as const) : []),
  ];
  return keepOpen(next, rule, now, { steps, isNews: relapsed || unexplained });
}

function recover(state: AlertState, evaluation: Evaluation, rule: Rule, now: Date): Transition {
  if (state.phase === "pending") return { to: "dropped", phase: "ok" };
  const { explanation } = evaluation;
  if (explanation) {
    const explained = { ...state, explanation: explanation.text };
    return resolve(explained, state.explanation === null ? ["explained"] : []);
  }
  const recoveringSince = state.recoveringSince ?? evaluation.since ?? now;
  const steps: EvaluationStep[] = state.recoveringSince ? [] : ["recovering"];
  const next = { ...state, recoveringSince };
  return now >= after(recoveringSince, rule.keepFiringSeconds)
    ? resolve(next, steps)
    : keepOpen(next, rule, now, { steps });
}

const resolve = (state: AlertState, steps: EvaluationStep[]): Transition => ({
  to: "resolved",
  phase: "ok",
  state: { ...state, recoveringSince: null },
  notify: state.notified,
  steps: [...steps, "resolved"],
});

/** The transition that ends the alert of a rule that was disabled. */
export const closeDisabled = (state: AlertState): Transition =>
  state.phase === "pending" ? { to: "dropped", phase: "ok" } : resolve(state, []);

interface KeepOpen {
  mayFire?: boolean;
  /** The channels must be notified again. */
  isNews?: boolean;
  steps?: EvaluationStep[];
}

function keepOpen(
  state: AlertState,
  rule: Rule,
  now: Date,
  { mayFire = true, isNews = false, steps = [] }: KeepOpen = {},
): Transition {
  const next = { ...state };
  const due = now >= after(next.pendingAt, rule.forSeconds);
  const fires = next.phase === "pending" && mayFire && due;
  if (fires) {
    next.phase = "firing";
    next.firedAt = now;
  }
  if (next.phase === "pending") return { to: "open", phase: "pending", state: next, notify: false, steps };
  if (isNews) next.notified = false;
  // What is back to normal is not worth a first notification, or another one.
  const calm = next.recoveringSince !== null;
  const silenced = isSilenced(rule, now);
  const snoozeEnded = !calm && !silenced && next.snoozedUntil !== null && next.snoozedUntil <= now;
  if (snoozeEnded) next.snoozedUntil = null;
  const muted = silenced || next.snoozedUntil !== null || (next.acknowledgedAt !== null && !isNews);
  const notify = !calm && !muted && (snoozeEnded || !next.notified);
  if (notify) next.notified = true;
  return {
    to: "open",
    phase: next.recoveringSince && !next.unknownSince ? "recovering" : "firing",
    state: next,
    notify,
    steps: fires ? [...steps, "firing"] : steps,
  };
}

/** When the alert will change by time alone: it fires, or resolves. Null when no evaluation at a certain time can change it. */
export function dueAt(state: AlertState, rule: Durations): Date | null {
  if (state.unknownSince) return null;
  if (state.phase === "pending") return after(state.pendingAt, rule.forSeconds);
  return state.recoveringSince && after(state.recoveringSince, rule.keepFiringSeconds);
}

/** Whether a rule is silenced at `now`. */
export const isSilenced = (rule: { silencedUntil: Date | null }, now: Date) =>
  rule.silencedUntil !== null && rule.silencedUntil > now;

/** The parts of an alert's row that decide its status. */
export type StatusParts = { phase: string } & Pick<
  AlertState,
  "acknowledgedAt" | "snoozedUntil" | "recoveringSince" | "explanation" | "unknownSince"
>;

/**
 * An alert's status. What is back to normal or intended says so first, because it needs no one; then an operator's decision takes
 * precedence over the rule's phase. Only "firing" needs attention.
 */
export function statusOf(alert: StatusParts, rule: { silencedUntil: Date | null }, now: Date): AlertStatus {
  if (alert.phase === "resolved" || alert.phase === "pending") return alert.phase;
  if (alert.recoveringSince && !alert.unknownSince) return "recovering";
  if (alert.explanation !== null) return "explained";
  if (isSilenced(rule, now)) return "silenced";
  if (alert.snoozedUntil && alert.snoozedUntil > now) return "snoozed";
  return alert.acknowledgedAt ? "acknowledged" : "firing";
}
