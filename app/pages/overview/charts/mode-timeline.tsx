import { useState } from "react";
import { formatCount, formatNumber } from "~/shared/format";
import { AnnotationKey } from "~/ui/charts/annotations-context";
import { useChartPage } from "~/ui/charts/chart-page";
import { FigureFrame, LegendItem } from "~/ui/charts/figure-frame";
import { modeStyle } from "~/ui/charts/series-style";
import { Swatch } from "~/ui/charts/swatch";
import { UtcTime } from "~/ui/time/utc-time";
import type { PanelData } from "../panel-data";
import { ModeChangeTable } from "../tables/mode-change-table";
import type { Band } from "./merge-segments";
import { labelOf, ModeBand } from "./mode-band";
import { ModeTimeAxis } from "./mode-time-axis";

interface ModeTimelineProps {
  modes: PanelData<"modes">;
  now: string;
  query: string;
}

const TABLE_ROWS = 200;
/** A band that fills more of the timeline than this shows no more when it is opened. */
const WHOLE = 0.9;

/** Where views were counted: a band for all web processes combined, and on request one for each. A gap: not running. */
export function ModeTimeline({ modes, now, query }: ModeTimelineProps) {
  const { from, to, combined, lanes, others, operations, moves } = modes;
  const { zoomTo } = useChartPage();
  const [shown, setShown] = useState<{ lane: string; band: Band } | null>(null);
  const [showsEach, setShowsEach] = useState(false);
  const hasLanes = lanes.length > 1 || others > 0;
  const bands = [
    combined,
    ...(hasLanes && showsEach ? lanes : []),
    ...(operations.segments.length > 0 ? [operations] : []),
  ];
  const shownModes = [...new Set(bands.flatMap((band) => band.segments.map(({ mode }) => mode)))];
  const open = (band: Band) => {
    const length = band.to - band.from;
    if (length < WHOLE * (to - from)) zoomTo?.(band.from - length / 2, band.to + length / 2);
  };
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
          <LegendItem
            swatch={<span aria-hidden="true" className="mode-lane size-3 rounded-sm border border-edge" />}
          >
            not running
          </LegendItem>
          <span className="ml-auto">
            <AnnotationKey />
          </span>
          {hasLanes && (
            <button type="button" className="needs-script link" onClick={() => setShowsEach(!showsEach)}>
              {showsEach ? "Hide the processes" : `Show each process (${formatNumber(lanes.length)})`}
            </button>
          )}
        </>
      }
      table={<ModeChangeTable changes={moves.slice(0, TABLE_ROWS)} now={now} />}
      csv={`/admin/chart/modes.csv${query}`}
      raw="mode-changes.csv"
    >
      <div className="flex flex-col gap-1" data-modes>
        {bands.map((lane, position) => (
          <ModeBand
            key={lane.name}
            lane={lane}
            isTall={position === 0}
            {...{ from, to }}
            onShow={(band) => setShown({ lane: lane.name, band })}
            onOpen={open}
          />
        ))}
        <ModeTimeAxis from={from} to={to} />
      </div>
      <p aria-live="polite" className="figures min-h-[2.8em] text-xs text-ink-muted sm:min-h-[1.4em]">
        {shown ? (
          <BandInWords {...shown} end={to} now={now} />
        ) : (
          "Point at a band, or move along it with the arrow keys, to see when and why it changed; press it to see that time alone."
        )}
        {others > 0 &&
          ` ${formatCount(others, "earlier process is", "earlier processes are")} only in the combined band and in the table.`}
      </p>
    </FigureFrame>
  );
}

interface BandInWordsProps {
  lane: string;
  band: Band;
  /** Unix ms: where the timeline ends. */
  end: number;
  now: string;
}

function BandInWords({ lane, band, end, now }: BandInWordsProps) {
  const time = (at: number) => <UtcTime at={new Date(at).toISOString()} now={now} seconds />;
  return (
    <>
      {lane}: {labelOf(band)}, from {time(band.from)}
      {band.to >= end ? " until now" : <> to {time(band.to)}</>}.
    </>
  );
}
