import { Link, useLoaderData } from "@remix-run/react";
import { ActionProvider } from "~/ui/forms/action-provider";
import { PanelBoundary } from "~/ui/panel-boundary";
import { PanelView } from "~/ui/panel-view";
import { Section } from "~/ui/section";
import { FreshMain } from "~/ui/shell/freshness";
import { StatusView } from "~/ui/status-view";
import { TellMeHere } from "~/ui/tell/tell-me-here";
import { useRefresh } from "~/ui/use-refresh";
import { ChannelControls } from "./channel-controls";
import { DeliveryTable } from "./delivery-table";
import { HeartbeatLine } from "./heartbeat-line";
import type { loadAlertsPage } from "./load-alerts-page";
import { OpenAlerts } from "./open-alerts";
import { ResolvedTable } from "./resolved-table";
import { RuleList } from "./rules/rule-list";

const REFRESH_MS = 5000;

/** The alerts, the rules behind them, and the channels that they go to. */
export function AlertsPage() {
  const { now, alerts, rules, channels, heartbeat, status, newChannel } =
    useLoaderData<typeof loadAlertsPage>();
  useRefresh(REFRESH_MS);
  return (
    <ActionProvider>
      <FreshMain readAt={now} withinMs={4 * REFRESH_MS}>
        {status ? (
          <PanelBoundary>
            <StatusView status={status} now={now} />
          </PanelBoundary>
        ) : (
          <h1 className="text-xl font-semibold sm:text-2xl">Alert status unavailable</h1>
        )}
        <Section
          title="Firing and pending"
          aside={
            <Link to="/admin/drill" className="button button-quiet">
              Rehearse an outage
            </Link>
          }
        >
          <PanelView panel={alerts}>
            {({ open, operators }) => <OpenAlerts alerts={open} operators={operators} now={now} />}
          </PanelView>
        </Section>
        <div className="grid gap-x-14 gap-y-10 lg:grid-cols-2">
          <Section title="Rules">
            <PanelView panel={rules}>{(loaded) => <RuleList {...loaded} now={now} />}</PanelView>
          </Section>
          <div className="flex min-w-0 flex-col gap-10">
            <Section title="Notification channels">
              <PanelView panel={channels}>
                {({ channels, kinds }) => (
                  <ChannelControls channels={channels} kinds={kinds} newChannel={newChannel} now={now} />
                )}
              </PanelView>
            </Section>
            <TellMeHere />
            <Section title="Heartbeat">
              <PanelView panel={heartbeat}>{(loaded) => <HeartbeatLine {...loaded} now={now} />}</PanelView>
            </Section>
            <Section title="Delivery log">
              <PanelView panel={channels}>
                {({ deliveries }) => <DeliveryTable deliveries={deliveries} now={now} />}
              </PanelView>
            </Section>
            <Section title="Resolved">
              <PanelView panel={alerts}>
                {({ resolved }) => <ResolvedTable alerts={resolved} now={now} />}
              </PanelView>
            </Section>
          </div>
        </div>
      </FreshMain>
    </ActionProvider>
  );
}
