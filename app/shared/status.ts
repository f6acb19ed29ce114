/** How serious the state of the site is. */
export type Tone =
  | "calm"
  /** Degraded, and handled automatically. */
  | "notice"
  /** Needs attention. */
  | "alarm";

/** The state of the site at a glance: its tone, one sentence, and the details. */
export interface StatusSummary {
  tone: Tone;
  headline: string;
  details: string[];
}
