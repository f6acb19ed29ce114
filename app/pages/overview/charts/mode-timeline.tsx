import { type KeyboardEvent, useId, useState } from "react";
import { formatDuration, formatNumber } from "~/shared/format";
import { tickLabel, timeTicks } from "~/ui/charts/axis";
import { LegendItem } from "~/ui/charts/chart-figure";
import { Swatch } from "~/ui/charts/swatch";
import { modeStyle } from "~/ui/charts/textures";
import { UtcTime } from "~/ui/time/utc-time";
import { useZone } from "~/ui/time/zone";
import type { Lane, Segment } from "../queries/mode-lanes";
import { ModeChangeTable } from "../tables/mode-change-table";

interface ModeTimelineProps {
  modes: {
    title: string;
    from: number;
    to: number;
    together: Lane;
    lanes: Lane[];
    others: number;
    operations: Lane;
    moves: { at: number; process: string; from: string; to: string; reason: string }[];
  };
  now: string;
  query: string;
}

const TABLE_ROWS = 200;
/** Positions of labels on the axis: as many as a chart of about this many buckets has. */
const AXIS_BUCKETS = 48;

/** Where views were counted, as one band for all web processes and one for each; a gap where a process was not there. */
export function ModeTimeline({ modes, now, query }: ModeTimelineProps) {
  const { from, to, together, lanes, others, operations, moves } = modes;
  const [shown, setShown] = useState<{ lane: string; segment: Segment } | null>(null);
  const id = useId();
  const bands = [together, ...(lanes.length > 1 || others > 0 ? lanes : []), operations];
  const seen = [...new Set(bands.flatMap((band) => band.segments.map(({ mode }) => mode)))];
  return (
    <section aria-labelledby={`${id}title`} className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-col gap-1">
        <h2 id={`${id}title`} className="text-base font-semibold">
          {modes.title}
        </h2>
        <div className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-muted">
          {seen.map((mode) => (
            <LegendItem key={mode} mark={<Swatch look={modeStyle(mode)} />}>
              {modeStyle(mode).label}
            </LegendItem>
          ))}
          <span>empty: not there</span>
        </div>
      </div>
      <div className="flex flex-col gap-1.5" data-modes>
        {bands.map((lane, position) => (
          <Band
            key={lane.name}
            lane={lane}
            tall={position === 0}
            {...{ from, to }}
            onShow={(segment) => setShown({ lane: lane.name, segment })}
          />
        ))}
        <Axis from={from} to={to} />
      </div>
      <p aria-live="polite" className="figures min-h-[2.8em] text-xs text-ink-muted sm:min-h-[1.4em]">
        {shown ? (
          <>
            {shown.lane}: {modeStyle(shown.segment.mode).label} from{" "}
            <UtcTime at={new Date(shown.segment.from).toISOString()} now={now} seconds />
            {shown.segment.to >= to ? (
              " until now"
            ) : (
              <>
                {" to "}
                <UtcTime at={new Date(shown.segment.to).toISOString()} now={now} seconds />
              </>
            )}{" "}
            ({formatDuration((shown.segment.to - shown.segment.from) / 1000)})
            {shown.segment.reason && `: ${shown.segment.reason}`}
          </>
        ) : (
          "Point at a band, or move along it with the arrow keys, to read when and why it changed."
        )}
        {others > 0 && ` ${formatNumber(others)} earlier processes are in the common band and in the table.`}
      </p>
      <details className="group text-xs">
        <summary className="flex w-fit list-none text-ink-muted [&::-webkit-details-marker]:hidden">
          <span className="link group-open:hidden">Show as table</span>
          <span className="link hidden group-open:inline">Hide the table</span>
        </summary>
        <div className="mt-2">
          <ModeChangeTable
            changes={moves
              .slice(0, TABLE_ROWS)
              .map((move) => ({ ...move, at: new Date(move.at).toISOString() }))}
            now={now}
          />
        </div>
      </details>
      <p className="-mt-2 flex flex-wrap gap-x-4 text-xs">
        <a href={`/admin/chart/modes.csv${query}`} className="link" download>
          This chart (CSV)
        </a>
        <a href="/admin/raw/mode-changes.csv" className="link" download>
          All rows (mode-changes.csv)
        </a>
      </p>
    </section>
  );
}

interface BandProps {
  lane: Lane;
  tall: boolean;
  from: number;
  to: number;
  onShow(segment: Segment): void;
}

/** One band. Its segments are buttons of one tab stop: the arrow keys move along it. */
function Band({ lane, tall, from, to, onShow }: BandProps) {
  const [chosen, setChosen] = useState(0);
  const share = (at: number) => ((at - from) / (to - from)) * 100;
  const current = Math.min(chosen, lane.segments.length - 1);
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const next = { ArrowRight: current + 1, ArrowLeft: current - 1, Home: 0, End: lane.segments.length - 1 }[
      event.key
    ];
    if (next === undefined || next < 0 || next >= lane.segments.length) return;
    event.preventDefault();
    event.currentTarget.querySelectorAll("button")[next]?.focus();
  };
  return (
    <div className="grid gap-x-4 sm:grid-cols-[11rem_1fr] sm:items-center">
      <span className="truncate text-xs text-ink-muted" title={lane.name}>
        {lane.name}
      </span>
      <div
        role="toolbar"
        aria-label={`${lane.name}: where it counted`}
        onKeyDown={move}
        className={`relative rounded-sm bg-sunken ${tall ? "h-7" : "h-4"}`}
      >
        {lane.segments.map((segment, position) => {
          const words = `${modeStyle(segment.mode).label}, ${formatDuration((segment.to - segment.from) / 1000)}${segment.reason ? `: ${segment.reason}` : ""}`;
          const show = () => {
            setChosen(position);
            onShow(segment);
          };
          return (
            <button
              key={`${segment.mode} ${segment.from}`}
              type="button"
              tabIndex={position === current ? 0 : -1}
              aria-label={words}
              title={words}
              data-mode={segment.mode}
              onFocus={show}
              onMouseEnter={show}
              className="mode-band absolute inset-y-0 min-w-0.5 focus-visible:z-10"
              style={{
                left: `${share(segment.from)}%`,
                width: `${share(segment.to) - share(segment.from)}%`,
              }}
            />
          );
        })}
      </div>
    </div>
  );
}

/** Round times under the bands. */
function Axis({ from, to }: { from: number; to: number }) {
  const zone = useZone();
  const step = [60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400].find(
    (one) => (to - from) / 1000 / one <= AXIS_BUCKETS,
  );
  const bucket = (step ?? 86_400) * 1000;
  const times: number[] = [];
  for (let at = Math.ceil(from / bucket) * bucket; at <= to; at += bucket) times.push(at);
  const all = timeTicks(times, zone);
  return (
    <div aria-hidden="true" className="grid gap-x-4 sm:grid-cols-[11rem_1fr]">
      <span className="max-sm:hidden" />
      <div className="figures relative h-4 text-xs text-ink-muted">
        {all.map((at, position) => {
          const left = ((at - from) / (to - from)) * 100;
          if (left < 2 || left > 97) return null;
          return (
            <span
              key={at}
              className={`absolute -translate-x-1/2 whitespace-nowrap ${position % 2 === 1 && all.length > 4 ? "max-sm:hidden" : ""}`}
              style={{ left: `${left}%` }}
            >
              {tickLabel(at, times, zone)}
            </span>
          );
        })}
      </div>
    </div>
  );
}
