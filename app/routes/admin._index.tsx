import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData, useNavigation } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { dispatchAction } from "~/console/dispatch-action";
import { BufferFigure, LagFigure } from "~/pages/overview/charts/backlog-figures";
import { DurationFigure } from "~/pages/overview/charts/duration-figure";
import { LeftOutFigure, ReasonsFigure } from "~/pages/overview/charts/excluded-figures";
import { LatencyFigure } from "~/pages/overview/charts/latency-figure";
import { ModeTimeline } from "~/pages/overview/charts/mode-timeline";
import { ViewsFigure } from "~/pages/overview/charts/views-figure";
import { parseRange, rangeQuery } from "~/pages/overview/parse-range";
import { readOverview } from "~/pages/overview/read-overview";
import { RunSyncNow } from "~/pages/overview/run-sync-now";
import { overviewSources } from "~/pages/overview/sources";
import { FallbackTable } from "~/pages/overview/tables/fallback-table";
import { FiringStrip } from "~/pages/overview/tables/firing-strip";
import { LedgerTable } from "~/pages/overview/tables/ledger-table";
import { ProcessTable } from "~/pages/overview/tables/process-table";
import { RangeForm } from "~/pages/overview/tables/range-form";
import { StatusStrip } from "~/pages/overview/tables/status-strip";
import { SyncRunTable } from "~/pages/overview/tables/sync-run-table";
import { type Following, useLive } from "~/pages/overview/use-live";
import { runSyncNow } from "~/pages/sync/actions/run-sync";
import { compareOffset, offsetWords } from "~/shared/compare";
import { SAMPLE_RANGES } from "~/shared/series";
import { AnnotationKey, AnnotationsProvider } from "~/ui/charts/annotations-context";
import { PanelView } from "~/ui/panel-view";
import { RangeLinks } from "~/ui/range-links";
import { Section } from "~/ui/section";
import { StatusView } from "~/ui/status-view";
import { UtcTime } from "~/ui/time/utc-time";
import { ZoneToggle } from "~/ui/time/zone-toggle";

export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "admin.view");
  const now = new Date();
  const choice = parseRange(new URL(request.url).searchParams, now.getTime());
  const sources = overviewSources(context.runtime);
  return {
    ...(await readOverview(sources, choice, now)),
    choice,
    intervalSeconds: sources.syncIntervalHours * 3600,
  };
}

/** The sync page's own action: one way to ask for a sync, one audit row. */
export const action = (args: ActionFunctionArgs) => dispatchAction(args, "admin.view", { run: runSyncNow });

export default function Overview() {
  const overview = useLoaderData<typeof loader>();
  const following = useLive("/admin/live");
  const { now, choice } = overview;
  const query = rangeQuery(choice);
  const turning = useNavigation().state === "loading";
  return (
    <main className="mx-auto flex max-w-instrument flex-col gap-10 px-5 pt-8 pb-20 sm:px-8">
      {!overview.current.ok && (
        <h1 className="text-xl font-semibold sm:text-2xl">The present state is not known</h1>
      )}
      <div className="flex flex-col gap-6">
        <PanelView panel={overview.current}>
          {(current) => <StatusView status={current.status} now={now} />}
        </PanelView>
        <PanelView panel={overview.firing}>{(firing) => <FiringStrip firing={firing} now={now} />}</PanelView>
        <PanelView panel={overview.current}>
          {(current) => <StatusStrip current={current} now={now} />}
        </PanelView>
      </div>

      <AnnotationsProvider value={overview.modes.ok ? overview.modes.data.shades : []}>
        <section
          aria-label="Views over time"
          aria-busy={turning}
          className={`flex flex-col gap-8 ${turning ? "opacity-60" : ""}`}
        >
          <div className="flex flex-col gap-2">
            <div className="flex flex-wrap items-start gap-x-6 gap-y-1">
              <RangeLinks
                label="Range"
                chosen={choice.range.key}
                ranges={SAMPLE_RANGES.map(({ key, label }) => ({
                  label,
                  key,
                  to: rangeQuery(choice, { range: key }),
                }))}
              />
              <RangeForm
                fields={choice.fields}
                problem={choice.problem}
                own={choice.range.key === "custom"}
                comparing={choice.compareMs !== null}
                compareTo={rangeQuery(choice, { compare: choice.compareMs === null })}
                compareWords={offsetWords(compareOffset(choice.range.seconds, choice.range.stepSeconds))}
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
                  <BufferFigure samples={samples} query={query} />
                  <LagFigure
                    samples={samples}
                    events={overview.syncs.ok ? overview.syncs.data.events : []}
                    intervalSeconds={overview.intervalSeconds}
                    query={query}
                  />
                </>
              )}
            </PanelView>
            <PanelView panel={overview.syncs}>
              {(syncs) => <DurationFigure syncs={syncs} query={query} />}
            </PanelView>
          </div>
          <div className="grid gap-10 md:grid-cols-2">
            <PanelView panel={overview.samples}>
              {(samples) => <LeftOutFigure samples={samples} query={query} />}
            </PanelView>
            <PanelView panel={overview.reasons}>
              {(reasons) => <ReasonsFigure reasons={reasons} query={query} />}
            </PanelView>
          </div>
        </section>
      </AnnotationsProvider>

      <div className="grid gap-10 lg:grid-cols-[3fr_2fr]">
        <Section title="Syncs" raw="sync-runs.csv">
          <RunSyncNow />
          <PanelView panel={overview.syncRuns}>{(runs) => <SyncRunTable runs={runs} now={now} />}</PanelView>
          <p className="max-w-[48rem] text-xs text-ink-muted">
            A view of a chapter counts for the chapter and for its story, so it waits, and moves, as two.
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
        Read at <UtcTime at={now} now={now} seconds />. {FOLLOWING_WORDS[following]}
        <span className="ml-2 sm:hidden">
          <ZoneToggle />
        </span>
      </p>
    </main>
  );
}

const FOLLOWING_WORDS: Record<Following, string> = {
  live: "This page follows the site: what changes is here within seconds.",
  polling: "There is no live connection just now; the page reads its numbers every 10 seconds.",
  paused: "Paused while this page is not in view.",
};
