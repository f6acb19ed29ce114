import type { SerializeFrom } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import { formatDuration, formatTime } from "~/shared/format";
import { RUN_DEAD_AFTER_MS } from "~/telemetry/sync-runs";
import { ActionProvider } from "~/ui/forms/action-provider";
import { PanelView } from "~/ui/panel-view";
import { Section } from "~/ui/section";
import { FreshMain } from "~/ui/shell/freshness";
import { StatStrip } from "~/ui/stat-strip";
import { countingStat, lastSyncStat, nextSyncStat, unsyncedStat } from "~/ui/sync-stats";
import { SyncRunTable } from "~/ui/tables/sync-run-table";
import { useRefresh } from "~/ui/use-refresh";
import { DriftControl } from "./drift-control";
import { DryRun } from "./dry-run";
import { IntervalControl } from "./interval-control";
import type { loadSyncPage } from "./load-sync-page";
import { PauseControl } from "./pause-control";
import { RepairControl } from "./repair-control";
import { RunControl } from "./run-control";
import { RunDetails } from "./run-details";
import { SettingsTable } from "./settings-table";
import { SwitchControl } from "./switch-control";
import { VoidControl } from "./void-control";

const REFRESH_MS = 5000;

type Data = SerializeFrom<typeof loadSyncPage>;

/** The state of the sync, and everything that operators can do about it. */
export function SyncPage() {
  const data = useLoaderData<typeof loadSyncPage>();
  useRefresh(REFRESH_MS);
  const { now, runs, processes } = data;
  const openRun = runs.ok ? runs.data.find((run) => run.id === data.openRun) : undefined;
  return (
    <FreshMain readAt={now} withinMs={4 * REFRESH_MS}>
      <CurrentState data={data} />
      <div className="grid gap-x-14 gap-y-10 lg:grid-cols-[2fr_3fr]">
        <Controls data={data} />
        <div className="flex min-w-0 flex-col gap-10">
          <DryRunSection dryRun={data.dryRun} />
          {openRun && (
            <Section title={`Run ${openRun.id}, shard by shard`}>
              <RunDetails run={openRun} />
            </Section>
          )}
          <Section title="Runs" raw="sync-runs.csv">
            <PanelView panel={runs}>
              {(rows) => (
                <SyncRunTable
                  caption="Runs of the sync"
                  runs={rows}
                  now={now}
                  deadAfterMs={RUN_DEAD_AFTER_MS}
                  links={{ openRun: data.openRun }}
                />
              )}
            </PanelView>
          </Section>
          <Section title="Settings by process">
            <PanelView panel={processes}>{(rows) => <SettingsTable processes={rows} now={now} />}</PanelView>
          </Section>
        </div>
      </div>
    </FreshMain>
  );
}

function CurrentState({ data }: { data: Data }) {
  const { now, state, schedule, paused, settings } = data;
  const { intervalHours, pausedUntil, pausedReason } = settings.sync;
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-col gap-2">
        <h1 className="figures text-xl font-semibold sm:text-2xl">
          {paused && pausedUntil
            ? `The sync is paused until ${formatTime(new Date(pausedUntil), { now: new Date(now) })}, then resumes by itself`
            : `The sync runs every ${formatDuration(intervalHours * 3600)}`}
        </h1>
        {paused && <p className="max-w-[48rem] text-base">{`Reason: ${pausedReason}`}</p>}
        {state.ok && state.data.redis === "down" && (
          <p className="max-w-[48rem] text-base">
            Redis is unreachable, so no views can be moved. Those waiting there are kept. Settings can still
            be changed.
          </p>
        )}
        {schedule.ok &&
          schedule.data.map((sentence) => (
            <p key={sentence} className="max-w-[48rem] text-base">
              {sentence}
            </p>
          ))}
      </div>
      <PanelView panel={state}>
        {(current) => (
          <StatStrip
            stats={[
              unsyncedStat(current.unsynced, current.redis, now),
              nextSyncStat(
                {
                  at: current.nextAt,
                  intervalSeconds: intervalHours * 3600,
                  pause: paused && pausedUntil ? { until: pausedUntil, reason: pausedReason } : null,
                  redis: current.redis,
                },
                now,
              ),
              lastSyncStat(current.lastGood, now),
              countingStat("This process counts in", current.mode, now),
            ]}
          />
        )}
      </PanelView>
    </div>
  );
}

function Controls({ data }: { data: Data }) {
  const { now, state, paused, settings, retry, wanted, story, voidPlan } = data;
  return (
    <Section title="Actions">
      <ActionProvider>
        <div>
          <RunControl
            key={`run-${retry}`}
            retry={retry}
            paused={paused}
            redisDown={state.ok && state.data.redis === "down"}
          />
          <PauseControl
            pausedUntil={paused ? settings.sync.pausedUntil : null}
            facts={state.ok ? state.data.forecast : null}
            now={now}
          />
          <IntervalControl hours={settings.sync.intervalHours} />
          <SwitchControl
            store={settings.countIn.store}
            reason={settings.countIn.reason}
            until={settings.countIn.until ?? null}
            now={now}
            withoutRedis={data.withoutRedis}
          />
          <DriftControl drift={data.drift} />
          <PanelView panel={data.voided}>
            {(voided) => (
              <VoidControl
                key={`void-${JSON.stringify(data.asked)}`}
                asked={data.asked}
                found={voidPlan?.ok ? voidPlan.data.found : []}
                plan={voidPlan?.ok ? voidPlan.data.read : null}
                problem={
                  data.voidProblem ??
                  (voidPlan?.ok === false ? "The views could not be read. Try again." : null)
                }
                voided={voided}
                now={now}
              />
            )}
          </PanelView>
          <RepairControl
            key={`repair-${wanted}`}
            wanted={wanted}
            found={story?.ok ? story.data.found : []}
            story={story?.ok ? story.data.read : null}
          />
        </div>
      </ActionProvider>
    </Section>
  );
}

function DryRunSection({ dryRun }: Pick<Data, "dryRun">) {
  return (
    <Section
      title="Next sync, by shard and story"
      aside={
        <Link to="?dry=1" preventScrollReset className="button button-quiet">
          {dryRun ? "Dry run again" : "Dry run"}
        </Link>
      }
    >
      {dryRun ? (
        <PanelView panel={dryRun}>
          {(plan) =>
            plan ? (
              <DryRun plan={plan} />
            ) : (
              <p className="text-sm">
                Redis is unreachable, so the number of views waiting to sync is unknown.
              </p>
            )
          }
        </PanelView>
      ) : (
        <p className="text-sm text-ink-muted">
          A dry run reads the views waiting to sync, by shard and by story, and moves none.
        </p>
      )}
    </Section>
  );
}
