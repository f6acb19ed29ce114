import { type KeyboardEvent, useMemo, useState } from "react";
import { formatDuration, formatNumber } from "~/shared/format";
import { lookUp } from "~/shared/look-up";
import { modeStyle } from "~/ui/charts/series-style";
import type { Lane } from "../queries/mode-lanes";
import { type Band, mergeSegments } from "./merge-segments";

interface ModeBandProps {
  lane: Lane;
  isTall: boolean;
  /** Unix ms: where the band starts and ends. */
  from: number;
  to: number;
  onShow(band: Band): void;
  onOpen(band: Band): void;
}

/**
 * One lane. Its bands are buttons that share a tab stop: the arrow keys move along them, and pressing one shows that time. A short
 * band is at least three pixels wide, over the ones beside it.
 */
export function ModeBand({ lane, isTall, from, to, onShow, onOpen }: ModeBandProps) {
  const [focused, setFocused] = useState(0);
  const { name, segments } = lane;
  const bands = useMemo(() => mergeSegments(segments, from, to), [segments, from, to]);
  // A refresh may leave fewer bands than there were.
  const current = Math.min(focused, bands.length - 1);
  const percent = (ms: number) => `${(ms / (to - from)) * 100}%`;
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const next = lookUp(
      { ArrowRight: current + 1, ArrowLeft: current - 1, Home: 0, End: bands.length - 1 },
      event.key,
    );
    if (next === undefined || next < 0 || next >= bands.length) return;
    event.preventDefault();
    event.currentTarget.querySelectorAll("button")[next]?.focus();
  };
  return (
    <div className="grid gap-x-4 sm:grid-cols-[9rem_1fr] sm:items-center">
      <span className="truncate text-xs text-ink-muted" title={name}>
        {name}
      </span>
      <div
        role="toolbar"
        aria-label={`${name}: where it counted`}
        onKeyDown={move}
        className={`mode-lane relative overflow-hidden rounded-sm ${isTall ? "h-7" : "h-4"}`}
      >
        {bands.map((band, position) => {
          const label = labelOf(band);
          const show = () => {
            setFocused(position);
            onShow(band);
          };
          return (
            <button
              key={`${band.mode} ${band.from}`}
              type="button"
              tabIndex={position === current ? 0 : -1}
              aria-label={label}
              title={label}
              data-mode={band.mode}
              onFocus={show}
              onMouseEnter={show}
              onClick={() => onOpen(band)}
              className={`mode-band absolute inset-y-0 min-w-[3px] focus-visible:z-10 focus-visible:-outline-offset-2 ${band.mode === "redis" ? "" : "z-[1]"}`}
              style={{ left: percent(band.from - from), width: percent(band.to - band.from) }}
            />
          );
        })}
      </div>
    </div>
  );
}

/** "5 × Database, 3 minutes in all: the connection to Redis was lost". */
export const labelOf = ({ mode, count, lasted, reason }: Band) =>
  `${count > 1 && mode !== "redis" ? `${formatNumber(count)} × ` : ""}${modeStyle(mode).label}, ${formatDuration(lasted / 1000)}${count > 1 && mode !== "redis" ? " in all" : ""}${reason ? `: ${reason}` : ""}`;
