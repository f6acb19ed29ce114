import { useState } from "react";
import { formatDuration, formatNumber } from "~/shared/format";
import { FigureFrame, LegendItem } from "~/ui/charts/figure-frame";
import { modeStyle } from "~/ui/charts/series-style";
import { Swatch } from "~/ui/charts/swatch";
import { UtcTime } from "~/ui/time/utc-time";
import type { PanelData } from "../panel-data";
import type { Segment } from "../queries/mode-lanes";
import { ModeChangeTable } from "../tables/mode-change-table";
import { ModeBand } from "./mode-band";
import { ModeTimeAxis } from "./mode-time-axis";

interface ModeTimelineProps {
  modes: PanelData<"modes">;
  now: string;
  query: string;
}

const TABLE_ROWS = 200;

/** Where views were counted: a band for all web processes combined, and one for each. A gap: not running. */
export function ModeTimeline({ modes, now, query }: ModeTimelineProps) {
  const { from, to, combined, lanes, others, operations, moves } = modes;
  const [shown, setShown] = useState<{ lane: string; segment: Segment } | null>(null);
  const bands = [combined, ...(lanes.length > 1 || others > 0 ? lanes : []), operations];
  const shownModes = [...new Set(bands.flatMap((band) => band.segments.map(({ mode }) => mode)))];
  return (
    <FigureFrame
      title={modes.title}
      legend={
        <>
          {shownModes.map((mode) => (
            <LegendItem key={mode} swatch={<Swatch style={modeStyle(mode)} />}>
              {modeStyle(mode).label}
            </LegendItem>
          ))}
          <span>empty: not running</span>
        </>
      }
      table={<ModeChangeTable changes={moves.slice(0, TABLE_ROWS)} now={now} />}
      csv={`/admin/chart/modes.csv${query}`}
      raw="mode-changes.csv"
    >
      <div className="flex flex-col gap-1.5" data-modes>
        {bands.map((lane, position) => (
          <ModeBand
            key={lane.name}
            lane={lane}
            isTall={position === 0}
            {...{ from, to }}
            onShow={(segment) => setShown({ lane: lane.name, segment })}
          />
        ))}
        <ModeTimeAxis from={from} to={to} />
      </div>
      <p aria-live="polite" className="figures min-h-[2.8em] text-xs text-ink-muted sm:min-h-[1.4em]">
        {shown ? (
          <SegmentInWords {...shown} end={to} now={now} />
        ) : (
          "Point at a band, or move along it with the arrow keys, to see when and why it changed."
        )}
        {others > 0 &&
          ` ${formatNumber(others)} earlier processes are only in the combined band and in the table.`}
      </p>
    </FigureFrame>
  );
}

interface SegmentInWordsProps {
  lane: string;
  segment: Segment;
  /** Unix ms: where the timeline ends. */
  end: number;
  now: string;
}

function SegmentInWords({ lane, segment, end, now }: SegmentInWordsProps) {
  const time = (at: number) => <UtcTime at={new Date(at).toISOString()} now={now} seconds />;
  return (
    <>
      {lane}: {modeStyle(segment.mode).label} from {time(segment.from)}
      {segment.to >= end ? " until now" : <> to {time(segment.to)}</>} (
      {formatDuration((segment.to - segment.from) / 1000)}){segment.reason && `: ${segment.reason}`}
    </>
  );
}
