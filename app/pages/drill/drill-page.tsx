import type { SerializeFrom } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import { LONGEST_DRILL_SECONDS, PROBES_PER_PROCESS, SHORTEST_DRILL_SECONDS } from "~/alerts/drills/limits";
import type { readDrills } from "~/alerts/drills/read-drills";
import { formatDuration } from "~/shared/format";
import { ActionForm } from "~/ui/forms/action-form";
import { ActionProvider } from "~/ui/forms/action-provider";
import { TextField } from "~/ui/forms/fields";
import { ResultLine } from "~/ui/forms/result-line";
import { PanelView } from "~/ui/panel-view";
import { Section } from "~/ui/section";
import { FreshMain } from "~/ui/shell/freshness";
import { UtcTime } from "~/ui/time/utc-time";
import { useRefresh } from "~/ui/use-refresh";
import { DrillChecks } from "./drill-checks";
import type { loadDrillPage } from "./load-drill-page";

const REFRESH_MS = 2000;
/** A busy site may take a few seconds to answer. */
const STALE_AFTER_MS = 15_000;
const DEFAULT_SECONDS = 120;

type Drills = SerializeFrom<typeof readDrills>;

/** Starts and aborts drills, and shows the checks of the latest. */
export function DrillPage() {
  const { now, drills } = useLoaderData<typeof loadDrillPage>();
  useRefresh(REFRESH_MS);
  const running = drills.ok ? drills.data.running : null;
  return (
    <FreshMain readAt={now} withinMs={STALE_AFTER_MS}>
      <div className="flex max-w-[48rem] flex-col gap-3">
        <h1 className="figures text-xl font-semibold sm:text-2xl" aria-live="polite">
          {running ? (
            <>
              A drill is running until <UtcTime at={running.endsAt} now={now} seconds />, then ends by itself
            </>
          ) : (
            "Rehearse a Redis outage"
          )}
        </h1>
        <p className="text-base">
          Every process acts as if Redis were unreachable: views are counted in the database, the alert fires,
          and the channels are notified. Redis keeps running, and no view is lost or counted twice. Each
          process also counts {PROBES_PER_PROCESS} views of its own for a hidden story, so that the fallback
          is proved without readers; no page and no total has them. Charts label the time “drill”.
        </p>
      </div>
      <PanelView panel={drills}>
        {(data) => (
          <>
            <div className="flex flex-col gap-4">
              <Controls running={running !== null} />
              <Expectation drills={data} />
            </div>
            {data.drills.length === 0 && (
              <p className="text-sm text-ink-muted">
                No drills have been run yet. Start one, and this page shows what it proves, step by step.
              </p>
            )}
            <div className="grid gap-x-14 gap-y-10 lg:grid-cols-2">
              {data.drills.map((drill) => (
                <Section key={drill.id} title={`Drill ${drill.id}`}>
                  <p className="figures text-sm text-ink-muted">
                    <UtcTime at={drill.startedAt} now={now} seconds /> to{" "}
                    <UtcTime at={drill.endedAt ?? drill.endsAt} now={now} seconds />, started by{" "}
                    {drill.startedBy}
                    {drill.abortedBy && `, aborted by ${drill.abortedBy}`}
                  </p>
                  <DrillChecks checks={drill.checks} caption={`Checks of drill ${drill.id}`} />
                </Section>
              ))}
            </div>
          </>
        )}
      </PanelView>
    </FreshMain>
  );
}

const Controls = ({ running }: { running: boolean }) => (
  <ActionProvider>
    {running ? (
      <ActionForm intent="abort-drill" button="Abort the drill" quiet />
    ) : (
      <ActionForm intent="start-drill" button="Start the drill" inline>
        <TextField
          label="Length in seconds"
          name="seconds"
          value={DEFAULT_SECONDS}
          type="number"
          min={SHORTEST_DRILL_SECONDS}
          max={LONGEST_DRILL_SECONDS}
          step="1"
          required
        />
      </ActionForm>
    )}
    <ResultLine of={{ intents: ["start-drill", "abort-drill"] }} />
  </ActionProvider>
);

/** Whether a drill would fire the alert and notify a channel with the current settings. */
function Expectation({ drills: { rule, channels, isFiring, running } }: { drills: Drills }) {
  if (!rule) return null;
  if (isFiring && !running)
    return (
      <p className="max-w-[48rem] border-l-2 border-ink py-1 pl-3 text-sm">
        The alert “Views are not counted in Redis” is firing already, so a drill cannot prove it now. Wait
        until it has resolved, or start the drill for its other steps.{" "}
        <Link to="/admin/alerts" className="link">
          Alerts
        </Link>
      </p>
    );
  return (
    <p className="max-w-[48rem] text-xs text-ink-muted">
      The rule “Redis is away”
      {rule.enabled
        ? ` fires after ${formatDuration(rule.forSeconds)} away, within two seconds.`
        : " is disabled, so a drill will not fire an alert."}{" "}
      {channels === 0 && "There are no channels yet, so no notifications will be sent. "}
      <Link to="/admin/alerts" className="link">
        Rules and channels
      </Link>
    </p>
  );
}
