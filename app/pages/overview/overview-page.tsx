import { useLoaderData } from "@remix-run/react";
import { RUN_DEAD_AFTER_MS } from "~/telemetry/sync-runs";
import { PanelView } from "~/ui/panel-view";
import { Section } from "~/ui/section";
import { FreshMain } from "~/ui/shell/freshness";
import { SyncRunTable } from "~/ui/tables/sync-run-table";
import { UtcTime } from "~/ui/time/utc-time";
import { ZoneToggle } from "~/ui/time/zone-toggle";
import { DemoStrip } from "./demo/demo-strip";
import { FigureStrip } from "./figure-strip";
import { FirstStepsCard } from "./first-steps/first-steps-card";
import type { loadOverviewPage } from "./load-overview-page";
import { OverviewCharts } from "./overview-charts";
import { rangeQuery } from "./parse-range";
import { RunSyncNow } from "./run-sync-now";
import { StatusBlock } from "./status-block";
import { IncidentTable } from "./tables/incident-table";
import { LedgerTable } from "./tables/ledger-table";
import { ProcessTable } from "./tables/process-table";
import { type Following, useLive } from "./use-live";

/** Something arrives every ten seconds, even if nothing has changed. */
const STALE_AFTER_MS = 25_000;

/** The operators' overview: whether the site needs attention, then what happened over a range, then the details. */
export function OverviewPage() {
  const loaded = useLoaderData<typeof loadOverviewPage>();
  const query = rangeQuery(loaded.selection);
  const { overview, following } = useLive(loaded, query);
  const { now } = overview;
  return (
    <FreshMain readAt={now} withinMs={STALE_AFTER_MS} dense>
      <StatusBlock overview={overview} now={now} />
      <FigureStrip overview={overview} now={now} />
      <DemoStrip demo={loaded.demo} now={now} />
      <FirstStepsCard steps={loaded.steps} done={overview.firstSteps} />
      <OverviewCharts overview={overview} query={query} />

      <div className="mt-4 grid gap-x-10 gap-y-8 max-sm:gap-y-2 lg:grid-cols-[3fr_2fr]">
        <Section title="Incidents" raw="fallback-story-views.csv" rawMore="fallback-chapter-views.csv" folds>
          <PanelView panel={overview.incidents}>{(data) => <IncidentTable {...data} now={now} />}</PanelView>
        </Section>
        <div id="ledger" className="min-w-0 scroll-mt-4">
          <Section title="Ledger" json="/admin/ledger.json" folds>
            <PanelView panel={overview.ledger}>{(ledger) => <LedgerTable {...ledger} />}</PanelView>
          </Section>
        </div>
        <Section title="Syncs" raw="sync-runs.csv" folds>
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
            A chapter read also counts for its story, so it appears as two.
          </p>
        </Section>
        <Section title="Processes" folds>
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
