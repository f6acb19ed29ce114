import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { dispatchAction } from "~/console/dispatch-action";
import { readStoryHistory } from "~/pages/sync/actions/repair-story";
import { SYNC_ACTIONS } from "~/pages/sync/actions/sync-actions";
import { DryRun } from "~/pages/sync/dry-run";
import { IntervalControl } from "~/pages/sync/interval-control";
import { PauseControl } from "~/pages/sync/pause-control";
import { namePlan, readSyncPage } from "~/pages/sync/read-sync-page";
import { RepairControl } from "~/pages/sync/repair-control";
import { RunControl } from "~/pages/sync/run-control";
import { RunDetails } from "~/pages/sync/run-details";
import { RunTable } from "~/pages/sync/run-table";
import { SettingsTable } from "~/pages/sync/settings-table";
import { SwitchControl } from "~/pages/sync/switch-control";
import { SyncStrip } from "~/pages/sync/sync-strip";
import { formatDuration, formatTime } from "~/shared/format";
import { loadPanel } from "~/shared/panel";
import { ActionProvider } from "~/ui/forms/action-provider";
import { PanelView } from "~/ui/panel-view";
import { Section } from "~/ui/section";
import { useRefresh } from "~/ui/use-refresh";

const REFRESH_MS = 5000;

export const meta: MetaFunction = () => [
  { title: "Sync · Tidemark" },
  { name: "robots", content: "noindex" },
];

export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "sync.view");
  const { runtime } = context;
  const { db, log } = runtime;
  const query = new URL(request.url).searchParams;
  const onError = (what: string, error: unknown) =>
    log.error({ err: error, what }, "a panel of the page Sync failed");
  const slug = slugOf(query.get("story"));
  const [desk, dryRun, story] = await Promise.all([
    readSyncPage({ ...runtime, onError }, new Date()),
    query.has("dry")
      ? loadPanel(
          "What would move",
          runtime.planSync().then((plan) => plan && namePlan(db, plan)),
          onError,
        )
      : undefined,
    slug === null ? null : loadPanel("The story", readStoryHistory(db, slug), onError),
  ]);
  return {
    ...desk,
    dryRun,
    slug,
    story,
    retry: numberOf(query.get("retry")),
    run: numberOf(query.get("run")),
    fixed: !runtime.env.VIEW_TRACKING_REDIS_ENABLED,
  };
}

export const action = (args: ActionFunctionArgs) => dispatchAction(args, "sync.view", SYNC_ACTIONS);

const numberOf = (text: string | null) => (text && /^\d{1,9}$/.test(text) ? Number(text) : null);

/** A story's name in its address; people paste the whole address as well. */
const slugOf = (text: string | null) =>
  text === null
    ? null
    : (text.replaceAll("\0", "").trim().split(/[?#]/)[0] ?? "").split("/story/").at(-1) || "";

export default function Sync() {
  const desk = useLoaderData<typeof loader>();
  useRefresh(REFRESH_MS);
  const { now, settings, paused, state, slug, story, dryRun } = desk;
  const chosen = desk.runs.ok ? desk.runs.data.find((run) => run.id === desk.run) : undefined;
  const redisDown = state.ok && state.data.redis === "down";
  return (
    <main className="mx-auto flex max-w-instrument flex-col gap-10 px-5 pt-8 pb-20 sm:px-8">
      <div className="flex flex-col gap-6">
        <div className="flex flex-col gap-2">
          <h1 className="figures text-xl font-semibold sm:text-2xl">{headline(desk)}</h1>
          {paused && <p className="max-w-[48rem] text-base">{`Why: ${settings.sync.pausedReason}`}</p>}
          {redisDown && (
            <p className="max-w-[48rem] text-base">
              Redis does not answer, so nothing can be moved just now. What waits there is kept, and settings
              can be changed as ever.
            </p>
          )}
        </div>
        <PanelView panel={state}>
          {(current) => <SyncStrip current={current} settings={settings} paused={paused} now={now} />}
        </PanelView>
      </div>

      <div className="grid gap-x-14 gap-y-10 lg:grid-cols-[2fr_3fr]">
        <Section title="Actions">
          <ActionProvider>
            <RunControl key={desk.retry} retry={desk.retry} paused={paused} redisDown={redisDown} />
            <PauseControl
              pausedUntil={paused ? settings.sync.pausedUntil : null}
              facts={state.ok ? state.data.forecast : null}
              now={now}
            />
            <IntervalControl hours={settings.sync.intervalHours} />
            <SwitchControl
              store={settings.countIn.store}
              reason={settings.countIn.reason}
              fixed={desk.fixed}
            />
            <RepairControl key={slug} slug={slug} story={story?.ok ? story.data : null} />
          </ActionProvider>
        </Section>

        <div className="flex min-w-0 flex-col gap-10">
          <Section
            title="What a sync would move"
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
                      Redis cannot be asked what waits, so what would move is not known.
                    </p>
                  )
                }
              </PanelView>
            ) : (
              <p className="text-sm text-ink-muted">
                A dry run reads what waits, by shard and by story, and moves nothing.
              </p>
            )}
          </Section>
          {chosen && (
            <Section title={`Run ${chosen.id}, shard by shard`}>
              <RunDetails run={chosen} />
            </Section>
          )}
          <Section title="Runs" raw="sync-runs.csv">
            <PanelView panel={desk.runs}>
              {(runs) => <RunTable runs={runs} chosen={desk.run} now={now} />}
            </PanelView>
          </Section>
          <Section title="What each process runs on">
            <PanelView panel={desk.processes}>
              {(processes) => <SettingsTable processes={processes} now={now} />}
            </PanelView>
          </Section>
        </div>
      </div>
    </main>
  );
}

interface Desk {
  now: string;
  paused: boolean;
  settings: { sync: { intervalHours: number; pausedUntil: string | null } };
}

function headline({ now, paused, settings }: Desk) {
  const { pausedUntil, intervalHours } = settings.sync;
  return paused && pausedUntil
    ? `The sync is paused until ${formatTime(new Date(pausedUntil), { now: new Date(now) })}, then resumes by itself`
    : `The sync runs every ${formatDuration(intervalHours * 3600)}`;
}
