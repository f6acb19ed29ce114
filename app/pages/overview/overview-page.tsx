import { useLoaderData, useNavigation } from "@remix-run/react";
import { compareOffset, formatOffset } from "~/shared/compare";
import { SAMPLE_RANGES } from "~/shared/series";
import { RUN_DEAD_AFTER_MS } from "~/telemetry/sync-runs";
import { AnnotationKey, AnnotationsProvider } from "~/ui/charts/annotations-context";
import { PanelView } from "~/ui/panel-view";
import { RangeLinks } from "~/ui/range-links";
import { Section } from "~/ui/section";
import { FreshMain } from "~/ui/shell/freshness";
import { StatusView } from "~/ui/status-view";
import { SyncRunTable } from "~/ui/tables/sync-run-table";
import { UtcTime } from "~/ui/time/utc-time";
import { ZoneToggle } from "~/ui/time/zone-toggle";
import { ExclusionsFigure } from "./charts/exclusions-figure";
import { LatencyFigure } from "./charts/latency-figure";
import { ModeTimeline } from "./charts/mode-timeline";
import { NotCountedFigure } from "./charts/not-counted-figure";
import { SyncDurationFigure } from "./charts/sync-duration-figure";
import { SyncLagFigure } from "./charts/sync-lag-figure";
import { UnsyncedFigure } from "./charts/unsynced-figure";
import { ViewsFigure } from "./charts/views-figure";
import type { loadOverviewPage } from "./load-overview-page";
import { rangeQuery } from "./parse-range";
import { RunSyncNow } from "./run-sync-now";
import { FallbackTable } from "./tables/fallback-table";
import { FiringStrip } from "./tables/firing-strip";
import { LedgerTable } from "./tables/ledger-table";
import { ProcessTable } from "./tables/process-table";
import { RangeForm } from "./tables/range-form";
import { StatusStrip } from "./tables/status-strip";
import { type Following, useLive } from "./use-live";

/** Something arrives every ten seconds, even if nothing has changed. */
const STALE_AFTER_MS = 25_000;

/** The operators' overview: whether the site needs attention, then what happened over a range, then the details. */
export function OverviewPage() {
  const loaded = useLoaderData<typeof loadOverviewPage>();
  const query = rangeQuery(loaded.selection);
  const { overview, following } = useLive(loaded, query);
  const { now, selection } = overview;
  const { range, compareMs } = selection;
  const isLoading = useNavigation().state === "loading";
  return (
    <FreshMain readAt={now} withinMs={STALE_AFTER_MS}>
      {!overview.current.ok && (
        <h1 className="text-xl font-semibold sm:text-2xl">Current status unavailable</h1>
      )}
      <div className="flex flex-col gap-6">
        <PanelView panel={overview.current}>
          {(current) => <StatusView status={current.status} now={now} />}
        </PanelView>
        <PanelView panel={overview.alerts}>{(alerts) => <FiringStrip firing={alerts} now={now} />}</PanelView>
        <PanelView panel={overview.current}>
          {(current) => <StatusStrip current={current} now={now} />}
        </PanelView>
      </div>

      <AnnotationsProvider value={overview.modes.ok ? overview.modes.data.annotations : []}>
        <section
          aria-label="Views over time"
          aria-busy={isLoading}
          className={`flex flex-col gap-8 ${isLoading ? "opacity-60" : ""}`}
        >
          <div className="flex flex-col gap-2">
            <div className="flex flex-wrap items-start gap-x-6 gap-y-1">
              <RangeLinks
                label="Range"
                selected={range.key}
                ranges={SAMPLE_RANGES.map(({ key, label }) => ({
                  label,
                  key,
                  to: rangeQuery(selection, { range: key }),
                }))}
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
            <AnnotationKey />
          </div>
          <PanelView panel={overview.modes}>
            {(modes) => <ModeTimeline modes={modes} now={now} query={query} />}
          </PanelView>
          <div className="grid gap-10 lg:grid-cols-[3fr_2fr]">
            <PanelView panel={overview.samples}>
              {(samples) => (
                <>
                  <ViewsFigure samples={samples} query={query} />
                  <LatencyFigure samples={samples} query={query} />
                </>
              )}
            </PanelView>
          </div>
          <div className="grid gap-10 md:grid-cols-2 xl:grid-cols-3">
            <PanelView panel={overview.samples}>
              {(samples) => (
                <>
                  <UnsyncedFigure samples={samples} query={query} />
                  <SyncLagFigure
                    samples={samples}
                    events={overview.syncs.ok ? overview.syncs.data.events : []}
                    intervalSeconds={samples.intervalSeconds}
                    query={query}
                  />
                </>
              )}
            </PanelView>
            <PanelView panel={overview.syncs}>
              {(syncs) => <SyncDurationFigure syncs={syncs} query={query} />}
            </PanelView>
          </div>
          <div className="grid gap-10 md:grid-cols-2">
            <PanelView panel={overview.samples}>
              {(samples) => <NotCountedFigure samples={samples} query={query} />}
            </PanelView>
            <PanelView panel={overview.exclusions}>
              {(exclusions) => <ExclusionsFigure exclusions={exclusions} query={query} />}
            </PanelView>
          </div>
        </section>
      </AnnotationsProvider>

      <div className="grid gap-10 lg:grid-cols-[3fr_2fr]">
        <Section title="Syncs" raw="sync-runs.csv">
          <RunSyncNow />
          <PanelView panel={overview.syncRuns}>
            {(runs) => (
              <SyncRunTable
                caption="The latest syncs"
                runs={runs}
                now={now}
                deadAfterMs={RUN_DEAD_AFTER_MS}
              />
            )}
          </PanelView>
          <p className="max-w-[48rem] text-xs text-ink-muted">
            A view of a chapter also counts for its story, so it is synced as two views.
          </p>
        </Section>
        <Section title="Where every accepted view is" json="/admin/ledger.json">
          <PanelView panel={overview.ledger}>{(ledger) => <LedgerTable {...ledger} />}</PanelView>
        </Section>
        <Section
          title="Latest views counted in the database"
          raw="fallback-story-views.csv"
          rawMore="fallback-chapter-views.csv"
        >
          <PanelView panel={overview.fallbacks}>
            {(views) => <FallbackTable views={views} now={now} />}
          </PanelView>
        </Section>
        <Section title="Where each process counts">
          <PanelView panel={overview.current}>
            {(current) => <ProcessTable processes={current.processes} now={now} />}
          </PanelView>
        </Section>
      </div>
      <p className="text-xs text-ink-muted" data-following={following}>
        As of <UtcTime at={now} now={now} seconds />. {FOLLOWING_WORDS[following]}
        <span className="ml-2 sm:hidden">
          <ZoneToggle />
        </span>
      </p>
    </FreshMain>
  );
}

const FOLLOWING_WORDS: Record<Following, string> = {
  live: "Live: changes appear within seconds.",
  polling: "No live connection; the page refreshes every 10 seconds.",
  paused: "Paused while this tab is hidden.",
};
