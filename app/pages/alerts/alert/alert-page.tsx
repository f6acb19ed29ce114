import { Link, useLoaderData } from "@remix-run/react";
import { ActionProvider } from "~/ui/forms/action-provider";
import { Section } from "~/ui/section";
import { FreshMain } from "~/ui/shell/freshness";
import { Sentence } from "~/ui/time/sentence";
import { UtcTime } from "~/ui/time/utc-time";
import { useRefresh } from "~/ui/use-refresh";
import { AlertForms, NoteForm } from "../alert-forms";
import { AlertLinks } from "../alert-links";
import { AlertNotes, AlertStateLine } from "../alert-state";
import type { loadAlertPage } from "./load-alert-page";
import { TimelineList } from "./timeline-list";
import { ValueChart } from "./value-chart";

const REFRESH_MS = 5000;

/** One alert: its state, what people can do about it, its value over time, and everything that happened. */
export function AlertPage() {
  const { now, alert, limit, timeline, readings, operators } = useLoaderData<typeof loadAlertPage>();
  useRefresh(REFRESH_MS);
  return (
    <ActionProvider>
      <FreshMain readAt={now} withinMs={4 * REFRESH_MS}>
        <div className="flex flex-col gap-3">
          <p className="text-sm">
            <Link to="/admin/alerts" className="link">
              Alerts
            </Link>{" "}
            <span className="text-ink-muted">/ alert {alert.id}</span>
          </p>
          <h1 className="text-xl font-semibold sm:text-2xl">{alert.title}</h1>
          <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
            <AlertStateLine alert={alert} now={now} />
            {alert.resolvedAt && (
              <span className="figures text-sm text-ink-muted">
                resolved at <UtcTime at={alert.resolvedAt} now={now} seconds />
                {alert.firedFor && `, after ${alert.firedFor}`}
              </span>
            )}
          </div>
          <p className="figures max-w-[60rem]">
            <Sentence text={alert.message} now={now} /> <AlertLinks alert={alert} />
            {alert.drillId !== null && (
              <>
                {" "}
                <Link to="/admin/drill" className="link whitespace-nowrap">
                  Drill {alert.drillId}
                </Link>
              </>
            )}
          </p>
          <AlertNotes alert={alert} now={now} />
          {alert.phase === "firing" && <AlertForms alert={alert} operators={operators} />}
        </div>
        <Section title="Timeline">
          <TimelineList happenings={timeline} now={now} />
          <NoteForm alert={alert} />
        </Section>
        <Section title="Value">
          <ValueChart readings={readings} limit={limit} unit={alert.unit} now={now} />
        </Section>
      </FreshMain>
    </ActionProvider>
  );
}
