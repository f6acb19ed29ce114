import type { StepKind } from "~/alerts/steps";
import { formatTime } from "~/shared/format";
import { lookUp } from "~/shared/look-up";

/** A row of AlertStep, people by name. */
interface Step {
  at: Date;
  kind: string;
  by: string | null;
  to: string | null;
  text: string | null;
}

/** A row of Delivery, with its channel and its latest attempt. */
interface Delivery {
  event: string;
  createdAt: Date;
  deliveredAt: Date | null;
  givenUpAt: Date | null;
  nextAt: Date;
  attempts: number;
  channel: { name: string };
  log: { status: number | null; error: string | null }[];
}

/** An entry of an alert's timeline. */
export interface Happening {
  at: Date;
  /** Decides its mark: what the alert did, what a person did, or a notification. */
  by: "rule" | "person" | "channel";
  title: string;
  text: string | null;
}

const TITLES: Record<StepKind, string> = {
  pending: "Limit reached: pending",
  firing: "Fired",
  recovering: "Back to normal",
  relapsed: "Limit reached again",
  explained: "Explained",
  unexplained: "No longer explained",
  resolved: "Resolved",
  disabled: "Rule disabled",
  acknowledged: "acknowledged it",
  "handed-over": "handed it over",
  note: "noted",
  snoozed: "snoozed it",
};

/** What a notification says of an alert, where that is not that it fires. */
const TOLD = {
  acknowledged: "who has it",
  "handed-over": "that it is handed over",
  resolved: "that it is resolved",
};

/** What happened to an alert, and what people and channels did about it, in the order of time. Pure. */
export function timeline(steps: readonly Step[], deliveries: readonly Delivery[], now: Date): Happening[] {
  const happenings = [
    ...steps.map((step) => ofStep(step, now)),
    ...deliveries.map((delivery) => ofDelivery(delivery, now)),
  ];
  // Stable: what happened in the same evaluation keeps its order, and its notifications follow it.
  return happenings.sort((a, b) => a.at.getTime() - b.at.getTime());
}

function ofStep({ at, kind, by, to, text }: Step, now: Date): Happening {
  const words = lookUp(TITLES, kind) ?? kind;
  if (by === null) return { at, by: "rule", title: words, text };
  const title = kind === "handed-over" ? `${by} ${words} to ${to}` : `${by} ${words}`;
  if (kind === "snoozed" && text)
    return { at, by: "person", title: `${title} until ${formatTime(new Date(text), { now })}`, text: null };
  return { at, by: "person", title, text };
}

function ofDelivery(delivery: Delivery, now: Date): Happening {
  const { event, channel, deliveredAt, givenUpAt, createdAt, attempts, nextAt, log } = delivery;
  const at = deliveredAt ?? givenUpAt ?? createdAt;
  const about = lookUp(TOLD, event) ?? "that it is firing";
  const tries = attempts > 1 ? `After ${attempts} attempts.` : null;
  if (deliveredAt) return { at, by: "channel", title: `${channel.name} was notified ${about}`, text: tries };
  const error = log[0]?.error ?? (log[0]?.status ? `status ${log[0].status}` : null);
  if (givenUpAt)
    return { at, by: "channel", title: `${channel.name} was not notified ${about}: given up`, text: error };
  return {
    at,
    by: "channel",
    title: `${channel.name} is about to be notified ${about}`,
    text: error && `${error}. Next attempt at ${formatTime(nextAt, { now, seconds: true })}.`,
  };
}
