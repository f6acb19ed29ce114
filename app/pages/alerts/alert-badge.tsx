import { ALERT_STATE_LABELS } from "~/shared/labels";
import { lookUp } from "~/shared/look-up";

const STATUSES: Record<
  keyof typeof ALERT_STATE_LABELS,
  { color: string; shape: "triangle" | "diamond" | "circle" | "ring" | "dash" }
> = {
  firing: { color: "var(--alarm)", shape: "triangle" },
  pending: { color: "var(--path-database)", shape: "diamond" },
  recovering: { color: "var(--ok)", shape: "triangle" },
  explained: { color: "var(--ink-muted)", shape: "diamond" },
  acknowledged: { color: "var(--ink-muted)", shape: "triangle" },
  snoozed: { color: "var(--ink-muted)", shape: "triangle" },
  silenced: { color: "var(--ink-muted)", shape: "triangle" },
  resolved: { color: "var(--ok)", shape: "circle" },
  ok: { color: "var(--ok)", shape: "circle" },
  "no-data": { color: "var(--ink-muted)", shape: "ring" },
  disabled: { color: "var(--ink-muted)", shape: "dash" },
};

/** The status of an alert or a rule, as a word, a shape and a colour. Red is only for alerts that need attention. */
export function AlertBadge({ status }: { status: string }) {
  const { color, shape } = lookUp(STATUSES, status) ?? { color: "var(--ink-muted)", shape: "ring" };
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <svg aria-hidden="true" viewBox="0 0 12 12" width="12" height="12" className="shrink-0">
        {shape === "triangle" && <path d="M6 1 11.5 11h-11Z" fill={color} />}
        {shape === "diamond" && <path d="M6 .5 11.5 6 6 11.5.5 6Z" fill={color} />}
        {shape === "circle" && <circle cx="6" cy="6" r="4.5" fill={color} />}
        {shape === "ring" && <circle cx="6" cy="6" r="4" fill="none" stroke={color} strokeWidth="1.5" />}
        {shape === "dash" && <path d="M1.5 6h9" stroke={color} strokeWidth="1.5" />}
      </svg>
      {lookUp(ALERT_STATE_LABELS, status) ?? status}
    </span>
  );
}
