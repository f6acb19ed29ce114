import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Link, useActionData, useLoaderData } from "@remix-run/react";
import { LONGEST_DRILL_SECONDS, SHORTEST_DRILL_SECONDS } from "~/alerts/drills/limits";
import { readDrills } from "~/alerts/drills/read-drills";
import { requirePermission } from "~/auth/permissions";
import { doDrillDeed } from "~/pages/alerts/actions";
import { DrillChecks } from "~/pages/drill/drill-checks";
import { formatDuration } from "~/shared/format";
import { loadPanel } from "~/shared/panel";
import { AnswerLine, Labelled } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { PanelView } from "~/ui/panel-view";
import { Section } from "~/ui/section";
import { UtcTime } from "~/ui/time/utc-time";
import { useRefresh } from "~/ui/use-refresh";

const REFRESH_MS = 2000;
const USUAL_SECONDS = 120;

export const meta: MetaFunction = () => [
  { title: "Drill · Tidemark" },
  { name: "robots", content: "noindex" },
];

export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "alerts.view");
  const { db, log } = context.runtime;
  const now = new Date();
  const drills = await loadPanel("The list of drills", readDrills(db, now), (what, error) =>
    log.error({ err: error, what }, "a panel of the page Drill failed"),
  );
  return { now, drills };
}

export async function action({ context, request }: ActionFunctionArgs) {
  const user = await requirePermission(context, request, "drill.run");
  const { db } = context.runtime;
  return doDrillDeed(
    { db, actor: user, allowPrivate: false, publicUrl: "", now: new Date() },
    await request.formData(),
  );
}

export default function Drill() {
  const { now, drills } = useLoaderData<typeof loader>();
  const answer = useActionData<typeof action>() ?? null;
  useRefresh(REFRESH_MS);
  const running = drills.ok ? drills.data.running : null;
  return (
    <main className="mx-auto flex max-w-instrument flex-col gap-10 px-5 pt-8 pb-20 sm:px-8">
      <div className="flex max-w-[48rem] flex-col gap-3">
        <h1 className="figures text-xl font-semibold sm:text-2xl" aria-live="polite">
          {running ? (
            <>
              A drill runs until <UtcTime at={running.endsAt} now={now} seconds />, then ends by itself
            </>
          ) : (
            "Rehearse an outage of Redis"
          )}
        </h1>
        <p className="text-base">
          Every process behaves as if Redis were away: views are counted in the database, the alert fires, and
          the channels are told. Nothing is stopped, and no view is lost or counted twice. Charts show it as
          “drill”.
        </p>
      </div>
      <PanelView panel={drills}>
        {(data) => (
          <>
            <div className="flex flex-col gap-4">
              {running ? (
                <ActionForm deed="abort-drill" button="Abort the drill" />
              ) : (
                <ActionForm deed="start-drill" button="Begin the drill" inline>
                  <Labelled label="For how many seconds">
                    <input
                      className="field figures"
                      type="number"
                      name="seconds"
                      min={SHORTEST_DRILL_SECONDS}
                      max={LONGEST_DRILL_SECONDS}
                      step="1"
                      required
                      defaultValue={USUAL_SECONDS}
                    />
                  </Labelled>
                </ActionForm>
              )}
              <AnswerLine answer={answer} />
              {data.rule && (
                <p className="max-w-[48rem] text-xs text-ink-muted">
                  The rule “Views are not counted in Redis”
                  {data.rule.enabled
                    ? ` needs ${formatDuration(data.rule.forSeconds)} of trouble before it fires, and up to half a minute to see it.`
                    : " is switched off: this drill will not fire an alert."}{" "}
                  {data.channels === 0 && "There is no channel yet: nobody will be told. "}
                  <Link to="/admin/alerts" className="link">
                    Rules and channels
                  </Link>
                </p>
              )}
            </div>
            {data.drills.length === 0 && (
              <p className="text-sm text-ink-muted">There has been no drill yet.</p>
            )}
            <div className="grid gap-x-14 gap-y-10 lg:grid-cols-2">
              {data.drills.map((drill) => (
                <Section key={drill.id} title={`Drill ${drill.id}`}>
                  <p className="figures text-sm text-ink-muted">
                    <UtcTime at={drill.startedAt} now={now} seconds /> to{" "}
                    <UtcTime at={drill.endedAt ?? drill.endsAt} now={now} seconds />, begun by{" "}
                    {drill.startedBy}
                    {drill.abortedBy && `, aborted by ${drill.abortedBy}`}
                  </p>
                  <DrillChecks checks={drill.checks} caption={`What drill ${drill.id} proved`} />
                </Section>
              ))}
            </div>
          </>
        )}
      </PanelView>
    </main>
  );
}
