import { Link } from "@remix-run/react";
import { Sentence } from "~/ui/time/sentence";
import { AlertForms } from "./alert-forms";
import { AlertLinks } from "./alert-links";
import { AlertNotes, AlertStateLine } from "./alert-state";
import type { AlertRow, OperatorRow } from "./read-alerts";

interface OpenAlertsProps {
  alerts: AlertRow[];
  operators: OperatorRow[];
  now: string;
}

/** The alerts that are firing or pending, each with its value against its limit, its runbook and its actions. */
export function OpenAlerts({ alerts, operators, now }: OpenAlertsProps) {
  if (!alerts.length)
    return (
      <p className="text-sm text-ink-muted">
        No alerts are firing or pending. A drill shows what happens when one fires.
      </p>
    );
  return (
    <ul className="flex flex-col">
      {alerts.map((alert) => (
        <li key={alert.id} className="flex flex-col gap-2 border-t border-line py-4 last:border-b">
          <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
            <h3 className={`font-semibold ${alert.status === "firing" ? "text-alarm" : ""}`}>
              <Link to={`/admin/alerts/${alert.id}`} className="hover:underline">
                {alert.title}
              </Link>
            </h3>
            <AlertStateLine alert={alert} now={now} />
          </div>
          <p className="figures max-w-[60rem] text-sm">
            <Sentence text={alert.message} now={now} /> <AlertLinks alert={alert} />{" "}
            <Link to={`/admin/alerts/${alert.id}`} className="link whitespace-nowrap">
              Timeline
            </Link>
          </p>
          <AlertNotes alert={alert} now={now} />
          {alert.status !== "pending" && alert.status !== "recovering" && (
            <AlertForms alert={alert} operators={operators} />
          )}
        </li>
      ))}
    </ul>
  );
}
