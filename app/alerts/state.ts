/** What one look at a rule found. */
export interface Evaluation {
  /** "unknown": the data is missing. It is never taken for "fine". */
  is: "fine" | "bad" | "unknown";
  /** In the rule's unit; null where there is none. */
  value: number | null;
  /** The value against its threshold, as a sentence. */
  says: string;
}

/** What a rule says of time. All in seconds. */
export interface Durations {
  forSeconds: number;
  keepFiringSeconds: number;
}

/** One episode of a rule, from its first bad look to its end. */
export interface AlertState {
  phase: "pending" | "firing";
  pendingAt: Date;
  firedAt: Date | null;
  /** The last look that was bad. */
  badAt: Date;
  unknownSince: Date | null;
  /** The channels were told that it fires. */
  told: boolean;
  acknowledgedAt: Date | null;
  snoozedUntil: Date | null;
}

export type Transition =
  | { to: "none"; phase: "ok" | "no-data" }
  | { to: "open"; phase: "pending" | "firing"; episode: AlertState; tell: boolean }
  /** It fired, and is over. */
  | { to: "resolved"; phase: "ok" | "no-data"; episode: AlertState; tell: boolean }
  /** It never fired: there was no alert. */
  | { to: "dropped"; phase: "ok" | "no-data" };

/** What people see of an alert. */
export type AlertStatus = "pending" | "firing" | "acknowledged" | "snoozed" | "silenced" | "resolved";

const after = (from: Date, seconds: number) => from.getTime() + seconds * 1000;

/**
 * The next state of a rule: ok → pending → firing → resolved, by what was seen at `now`. Pure; nothing else decides.
 *
 * - `forSeconds` of bad looks, with no fine one between, make it fire. A look without data neither counts nor interrupts.
 * - It is over when a look is fine and the last bad one is `keepFiringSeconds` ago. Flapping within that is one alert, and
 *   missing data never ends one.
 * - `tell` asks for a notification: once when it fires and nobody has silenced, snoozed or acknowledged it, again when a snooze runs out,
 *   and at the end if the channels were told of the begin.
 */
export function nextState(
  episode: AlertState | null,
  seen: Evaluation,
  rule: Durations & { silencedUntil: Date | null },
  now: Date,
): Transition {
  const rest = seen.is === "unknown" ? "no-data" : "ok";
  if (!episode) {
    if (seen.is !== "bad") return { to: "none", phase: rest };
    const begun: AlertState = {
      phase: "pending",
      pendingAt: now,
      firedAt: null,
      badAt: now,
      unknownSince: null,
      told: false,
      acknowledgedAt: null,
      snoozedUntil: null,
    };
    return opened(begun, rule, now);
  }
  if (seen.is === "unknown")
    return opened({ ...episode, unknownSince: episode.unknownSince ?? now }, rule, now, false);
  const known = { ...episode, unknownSince: null };
  if (seen.is === "bad") return opened({ ...known, badAt: now }, rule, now);
  if (known.phase === "pending") return { to: "dropped", phase: "ok" };
  if (now.getTime() >= after(known.badAt, rule.keepFiringSeconds))
    return { to: "resolved", phase: "ok", episode: known, tell: known.told };
  return opened(known, rule, now);
}

/** What is left of an episode whose rule is switched off. */
export const switchOff = (episode: AlertState): Transition =>
  episode.phase === "pending"
    ? { to: "dropped", phase: "ok" }
    : { to: "resolved", phase: "ok", episode, tell: episode.told };

function opened(
  episode: AlertState,
  rule: Durations & { silencedUntil: Date | null },
  now: Date,
  mayFire = true,
): Transition {
  const next = { ...episode };
  const due = next.badAt.getTime() >= after(next.pendingAt, rule.forSeconds);
  if (next.phase === "pending" && mayFire && due) {
    next.phase = "firing";
    next.firedAt = now;
  }
  if (next.phase === "pending") return { to: "open", phase: "pending", episode: next, tell: false };
  const silent = isSilenced(rule, now);
  const again = next.snoozedUntil !== null && next.snoozedUntil <= now && !silent;
  if (again) next.snoozedUntil = null;
  const quiet = silent || next.snoozedUntil !== null || next.acknowledgedAt !== null;
  const tell = !quiet && (again || !next.told);
  if (tell) next.told = true;
  return { to: "open", phase: "firing", episode: next, tell };
}

export const isSilenced = (rule: { silencedUntil: Date | null }, now: Date) =>
  rule.silencedUntil !== null && rule.silencedUntil > now;

/** The one word for an alert: what a person decided about it goes before what the rule sees. */
export function stateOf(
  alert: { phase: string; acknowledgedAt: Date | null; snoozedUntil: Date | null },
  rule: { silencedUntil: Date | null },
  now: Date,
): AlertStatus {
  if (alert.phase === "resolved" || alert.phase === "pending") return alert.phase;
  if (isSilenced(rule, now)) return "silenced";
  if (alert.snoozedUntil && alert.snoozedUntil > now) return "snoozed";
  return alert.acknowledgedAt ? "acknowledged" : "firing";
}
