import { type KeyboardEvent, useState } from "react";
import { formatDuration } from "~/shared/format";
import { lookUp } from "~/shared/look-up";
import { modeStyle } from "~/ui/charts/series-style";
import type { Lane, Segment } from "../queries/mode-lanes";

interface ModeBandProps {
  lane: Lane;
  isTall: boolean;
  /** Unix ms: where the band starts and ends. */
  from: number;
  to: number;
  onShow(segment: Segment): void;
}

/** One band. Its segments are buttons that share a tab stop: the arrow keys move along them. */
export function ModeBand({ lane, isTall, from, to, onShow }: ModeBandProps) {
  const [focused, setFocused] = useState(0);
  const { name, segments } = lane;
  // A refresh may leave fewer segments than there were.
  const current = Math.min(focused, segments.length - 1);
  const percent = (ms: number) => `${(ms / (to - from)) * 100}%`;
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const next = lookUp(
      { ArrowRight: current + 1, ArrowLeft: current - 1, Home: 0, End: segments.length - 1 },
      event.key,
    );
    if (next === undefined || next < 0 || next >= segments.length) return;
    event.preventDefault();
    event.currentTarget.querySelectorAll("button")[next]?.focus();
  };
  return (
    <div className="grid gap-x-4 sm:grid-cols-[11rem_1fr] sm:items-center">
      <span className="truncate text-xs text-ink-muted" title={name}>
        {name}
      </span>
      <div
        role="toolbar"
        aria-label={`${name}: where it counted`}
        onKeyDown={move}
        className={`relative rounded-sm bg-sunken ${isTall ? "h-7" : "h-4"}`}
      >
        {segments.map((segment, position) => {
          const label = labelOf(segment);
          const show = () => {
            setFocused(position);
            onShow(segment);
          };
          return (
            <button
              key={`${segment.mode} ${segment.from}`}
              type="button"
              tabIndex={position === current ? 0 : -1}
              aria-label={label}
              title={label}
              data-mode={segment.mode}
              onFocus={show}
              onMouseEnter={show}
              className="mode-band absolute inset-y-0 min-w-0.5 focus-visible:z-10"
              style={{ left: percent(segment.from - from), width: percent(segment.to - segment.from) }}
            />
          );
        })}
      </div>
    </div>
  );
}

const labelOf = ({ mode, from, to, reason }: Segment) =>
  `${modeStyle(mode).label}, ${formatDuration((to - from) / 1000)}${reason ? `: ${reason}` : ""}`;
