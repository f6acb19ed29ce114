import { useNavigate, useNavigation } from "@remix-run/react";
import { useMemo, useRef } from "react";
import { compareOffset, formatOffset } from "~/shared/compare";
import { SAMPLE_RANGES } from "~/shared/series";
import { AnnotationsProvider } from "~/ui/charts/annotations-context";
import { type ChartPage, ChartPageProvider } from "~/ui/charts/chart-page";
import { PanelView } from "~/ui/panel-view";
import { RangeLinks } from "~/ui/range-links";
import { ExclusionsFigure } from "./charts/exclusions-figure";
import { LatencyFigure } from "./charts/latency-figure";
import { ModeTimeline } from "./charts/mode-timeline";
import { NotCountedFigure } from "./charts/not-counted-figure";
import { SyncDurationFigure } from "./charts/sync-duration-figure";
import { SyncLagFigure } from "./charts/sync-lag-figure";
import { UnsyncedFigure } from "./charts/unsynced-figure";
import { ViewsFigure } from "./charts/views-figure";
import type { LoadedOverview } from "./panel-data";
import { rangeQuery, zoomQuery } from "./parse-range";
import type { Lane } from "./queries/mode-lanes";
import { RangeForm } from "./tables/range-form";

interface OverviewChartsProps {
  overview: LoadedOverview;
  /** The page's query string, which holds the range. */
  query: string;
}

/** What happened over a range: where views were counted, then how many, how fast, and how the sync kept up. */
export function OverviewCharts({ overview, query }: OverviewChartsProps) {
  const { now, selection, modes, samples, syncs, history } = overview;
  const { range, compareMs } = selection;
  const hasExclusions = overview.exclusions.ok && overview.exclusions.data !== null;
  const isLoading = useNavigation().state === "loading";
  const chartPage = useCharts(overview);
  const annotations = useUnchanged(modes.ok ? modes.data.annotations : NONE);
  return (
    <ChartPageProvider value={chartPage}>
      <AnnotationsProvider value={annotations}>
        <section
          aria-label="Views over time"
          aria-busy={isLoading}
          className={`flex flex-col gap-4 ${isLoading ? "opacity-60" : ""}`}
        >
          <div className="-mb-1 flex flex-wrap items-start gap-x-6 gap-y-1">
            <RangeLinks
              label="Range"
              selected={range.key}
              ranges={[
                ...(selection.hasStart ? [{ key: "start", label: "Since the start" }] : []),
                ...SAMPLE_RANGES,
              ].map(({ key, label }) => ({ label, key, to: rangeQuery(selection, { range: key }) }))}
            />
            <RangeForm
              fields={selection.fields}
              problem={selection.problem}
              isCustom={range.key === "custom"}
              comparing={compareMs !== null}
              compareTo={rangeQuery(selection, { compare: compareMs === null })}
              compareLabel={formatOffset(compareOffset(range.seconds, range.stepSeconds))}
            />
          </div>
          <PanelView panel={modes}>
            {(data) => <ModeTimeline modes={data} now={now} query={query} />}
          </PanelView>
          <div className="grid gap-x-10 gap-y-4 lg:grid-cols-[3fr_2fr]">
            <PanelView panel={samples}>
              {(data) => (
                <>
                  <ViewsFigure
                    samples={data}
                    history={history.ok ? (history.data ?? null) : null}
                    query={query}
                  />
                  <LatencyFigure samples={data} query={query} />
                </>
              )}
            </PanelView>
          </div>
          {!history.ok && <PanelView panel={history}>{() => null}</PanelView>}
          <div
            className={`grid gap-x-10 gap-y-6 max-sm:gap-y-2 md:grid-cols-2 ${hasExclusions ? "xl:grid-cols-3" : ""}`}
          >
            <PanelView panel={samples}>
              {(data) => (
                <>
                  <UnsyncedFigure samples={data} query={query} />
                  <SyncLagFigure
                    samples={data}
                    events={syncs.ok ? syncs.data.events : NO_EVENTS}
                    intervalSeconds={data.intervalSeconds}
                    query={query}
                  />
                </>
              )}
            </PanelView>
            <PanelView panel={syncs}>{(data) => <SyncDurationFigure syncs={data} query={query} />}</PanelView>
            <PanelView panel={samples}>
              {(data) => <NotCountedFigure samples={data} query={query} />}
            </PanelView>
            <PanelView panel={overview.exclusions}>
              {(exclusions) => <ExclusionsFigure exclusions={exclusions} query={query} />}
            </PanelView>
          </div>
        </section>
      </AnnotationsProvider>
    </ChartPageProvider>
  );
}

const NONE: [] = [];
const NO_EVENTS: [] = [];

/** What the charts share. It changes with the hour at most, so that news of a panel draws that panel's charts and no other. */
function useCharts({ now, modes, selection }: LoadedOverview): ChartPage {
  const navigate = useNavigate();
  const latest = useRef<{ navigate: typeof navigate; lane: Lane | null; comparing: boolean }>();
  latest.current = {
    navigate,
    lane: modes.ok ? modes.data.combined : null,
    comparing: selection.compareMs !== null,
  };
  const hour = `${now.slice(0, 13)}:00:00.000Z`;
  return useMemo(
    () => ({
      now: hour,
      syncId: "overview",
      zoomTo(from, to) {
        const end = Math.min(to, Date.now());
        latest.current?.navigate(zoomQuery(from, end, latest.current.comparing), {
          preventScrollReset: true,
        });
      },
      modeAt: (from, to) => worstIn(latest.current?.lane ?? null, from, to),
    }),
    [hour],
  );
}

/** The worst mode in a span of time (Unix ms), and why; null where no process was running. */
function worstIn(lane: Lane | null, from: number, to: number) {
  const found = lane?.segments.filter((segment) => segment.from < to && segment.to > from) ?? [];
  return (
    found.find(({ mode }) => mode === "journal") ??
    found.find(({ mode }) => mode !== "redis") ??
    found[0] ??
    null
  );
}

/** A value that is the same object for as long as it says the same. */
function useUnchanged<T>(value: T): T {
  const kept = useRef(value);
  if (kept.current !== value && JSON.stringify(kept.current) !== JSON.stringify(value)) kept.current = value;
  return kept.current;
}
