import { TONE_LABELS } from "~/shared/labels";
import type { StatusSummary } from "~/shared/status";
import { Sentence } from "./time/sentence";

const TONE_COLORS = {
  calm: "var(--ok)",
  notice: "var(--path-database)",
  alarm: "var(--alarm)",
} as const;

/** A shape per tone: a circle, a diamond, a triangle. Only the triangle is red. */
export function StatusIcon({ tone }: { tone: StatusSummary["tone"] }) {
  const color = TONE_COLORS[tone];
  return (
    <svg
      role="img"
      aria-label={TONE_LABELS[tone]}
      viewBox="0 0 20 20"
      width="20"
      height="20"
      className="mt-1 shrink-0"
    >
      {tone === "calm" && <circle cx="10" cy="10" r="7" fill={color} />}
      {tone === "notice" && <path d="M10 1.5 18.5 10 10 18.5 1.5 10Z" fill={color} />}
      {tone === "alarm" && <path d="M10 2 19 18H1Z" fill={color} />}
    </svg>
  );
}

/** The status of something in words, at the top of a page. The layout announces changes of the site's state to screen readers. */
export function StatusView({ status, now }: { status: StatusSummary; now: string }) {
  return (
    <div className="flex gap-3">
      <StatusIcon tone={status.tone} />
      <div className="flex max-w-[60rem] flex-col gap-2">
        <h1 className="figures text-xl font-semibold sm:text-2xl">
          <Sentence text={status.headline} now={now} />
        </h1>
        {status.details.map((detail) => (
          <p key={detail} className="figures max-w-[48rem] text-base">
            <Sentence text={detail} now={now} />
          </p>
        ))}
      </div>
    </div>
  );
}
