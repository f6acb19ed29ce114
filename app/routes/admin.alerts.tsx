import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { dispatchAction } from "~/console/dispatch-action";
import { ALERT_ACTIONS } from "~/pages/alerts/actions";
import { ChannelControls } from "~/pages/alerts/channel-controls";
import { DeliveryTable } from "~/pages/alerts/delivery-table";
import { OpenAlerts } from "~/pages/alerts/open-alerts";
import { alertsHeadline, readAlerts, readChannels, readRules } from "~/pages/alerts/read-alerts";
import { ResolvedTable } from "~/pages/alerts/resolved-table";
import { RuleControl } from "~/pages/alerts/rule-control";
import { loadPanel } from "~/shared/panel";
import { ActionProvider } from "~/ui/forms/action-provider";
import { PanelView } from "~/ui/panel-view";
import { Section } from "~/ui/section";
import { StatusView } from "~/ui/status-view";
import { UtcTime } from "~/ui/time/utc-time";
import { useRefresh } from "~/ui/use-refresh";

const REFRESH_MS = 5000;

export const meta: MetaFunction = () => [
  { title: "Alerts · Tidemark" },
  { name: "robots", content: "noindex" },
];

export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "alerts.view");
  const { db, log } = context.runtime;
  const onError = (what: string, error: unknown) =>
    log.error({ err: error, what }, "a panel of the page Alerts failed");
  const now = new Date();
  const [alerts, rules, channels] = await Promise.all([
    loadPanel("The list of alerts", readAlerts(db, now), onError),
    loadPanel("The list of rules", readRules(db, now), onError),
    loadPanel("The list of channels", readChannels(db), onError),
  ]);
  const status = alerts.ok && rules.ok ? alertsHeadline(alerts.data.open, rules.data) : null;
  return { now, alerts, rules, channels, status };
}

export const action = (args: ActionFunctionArgs) => dispatchAction(args, "alerts.view", ALERT_ACTIONS);

export default function Alerts() {
  const { now, alerts, rules, channels, status } = useLoaderData<typeof loader>();
  useRefresh(REFRESH_MS);
  return (
    <ActionProvider>
      <main className="mx-auto flex max-w-console flex-col gap-10 px-5 pt-8 pb-20 sm:px-8">
        {status ? (
          <StatusView
            status={{ tone: status.tone, headline: status.text, details: status.details }}
            now={now}
          />
        ) : (
          <h1 className="text-xl font-semibold sm:text-2xl">Whether an alert fires is not known</h1>
        )}
        <Section
          title="Firing, or about to"
          aside={
            <Link to="/admin/drill" className="button button-quiet">
              Rehearse an outage
            </Link>
          }
        >
          <PanelView panel={alerts}>{({ open }) => <OpenAlerts alerts={open} now={now} />}</PanelView>
        </Section>
        <div className="grid gap-x-14 gap-y-10 lg:grid-cols-2">
          <Section title="Rules">
            <PanelView panel={rules}>
              {(data) => (
                <>
                  <div>
                    {data.rules.map((rule) => (
                      <RuleControl key={rule.kind} rule={rule} now={now} />
                    ))}
                  </div>
                  <p className="text-xs text-ink-muted">
                    {data.round ? (
                      <>
                        Last evaluated at <UtcTime at={data.round.at} now={now} seconds /> by{" "}
                        {data.round.process}; every 15 seconds, by one process of all.
                      </>
                    ) : (
                      "Not evaluated yet; a process does so every 15 seconds."
                    )}
                  </p>
                </>
              )}
            </PanelView>
          </Section>
          <div className="flex min-w-0 flex-col gap-10">
            <Section title="Who is told">
              <PanelView panel={channels}>{(data) => <ChannelControls channels={data.channels} />}</PanelView>
            </Section>
            <Section title="Delivery log">
              <PanelView panel={channels}>
                {(data) => <DeliveryTable deliveries={data.deliveries} now={now} />}
              </PanelView>
            </Section>
            <Section title="Over">
              <PanelView panel={alerts}>
                {({ resolved }) => <ResolvedTable alerts={resolved} now={now} />}
              </PanelView>
            </Section>
          </div>
        </div>
      </main>
    </ActionProvider>
  );
}
