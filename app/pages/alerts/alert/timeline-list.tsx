import { Sentence } from "~/ui/time/sentence";
import { UtcTime } from "~/ui/time/utc-time";
import type { HappeningRow } from "./read-alert";

/** A shape for what the rule did, what a person did, and notifications. */
const SHAPES: Record<HappeningRow["by"], { path: string; label: string }> = {
  rule: { path: "M6 1 11.5 11h-11Z", label: "Rule" },
  person: { path: "M6 1a5 5 0 1 0 .01 0Z", label: "Person" },
  channel: { path: "M1 2.5h10v7H1Z", label: "Notification" },
};

/** What happened to an alert, oldest first. */
export function TimelineList({ happenings, now }: { happenings: HappeningRow[]; now: string }) {
  return (
    <ol className="flex max-w-[60rem] flex-col">
      {happenings.map(({ at, by, title, text }, index) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: a timeline only grows at its end
          key={index}
          className="grid grid-cols-[auto_1fr] items-baseline gap-x-3 border-b border-line py-2 text-sm first:border-t sm:grid-cols-[9rem_auto_1fr]"
        >
          <span className="figures col-span-2 text-ink-muted sm:col-span-1">
            <UtcTime at={at} now={now} seconds />
          </span>
          <svg role="img" aria-label={SHAPES[by].label} viewBox="0 0 12 12" width="12" height="12">
            <path d={SHAPES[by].path} fill={by === "rule" ? "var(--ink)" : "var(--ink-muted)"} />
          </svg>
          <span className="min-w-0">
            <Sentence text={title} now={now} />
            {text && (
              <span className="block text-ink-muted wrap-anywhere">
                <Sentence text={text} now={now} />
              </span>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}
