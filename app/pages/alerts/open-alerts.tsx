import { Link } from "@remix-run/react";
import { ActionForm } from "~/ui/forms/action-form";
import { DurationField, TextField } from "~/ui/forms/fields";
import { ResultLine } from "~/ui/forms/result-line";
import { Sentence } from "~/ui/time/sentence";
import { UtcTime } from "~/ui/time/utc-time";
import { AlertBadge } from "./alert-badge";
import type { AlertRow } from "./read-alerts";

interface OpenAlertsProps {
  alerts: AlertRow[];
  now: string;
}

/** The alerts that are firing or pending, each with its value against its limit, its runbook and its actions. */
export function OpenAlerts({ alerts, now }: OpenAlertsProps) {
  if (!alerts.length) return <p className="text-sm text-ink-muted">No alerts are firing or pending.</p>;
  return (
    <ul className="flex flex-col">
      {alerts.map((alert) => (
        <li key={alert.id} className="flex flex-col gap-2 border-t border-line py-4 last:border-b">
          <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
            <h3 className={`font-semibold ${alert.status === "firing" ? "text-alarm" : ""}`}>
              {alert.title}
            </h3>
            <span className="text-sm">
              <AlertBadge status={alert.status} />
            </span>
            <span className="figures text-sm text-ink-muted">
              since <UtcTime at={alert.firedAt ?? alert.pendingAt} now={now} seconds />
            </span>
          </div>
          <p className="figures max-w-[60rem] text-sm">
            <Sentence text={alert.message} now={now} />{" "}
            <Link to={`/admin/runbook#${alert.runbook}`} className="link whitespace-nowrap">
              What to do
            </Link>
          </p>
          <Notes alert={alert} now={now} />
          {alert.status !== "pending" && <Actions alert={alert} />}
        </li>
      ))}
    </ul>
  );
}

/** Missing data, and the operators' decisions about this alert. */
function Notes({ alert, now }: { alert: AlertRow; now: string }) {
  const lines = [
    alert.unknownSince && (
      <>
        No data since <UtcTime at={alert.unknownSince} now={now} seconds />: its current state is unknown.
      </>
    ),
    alert.status === "acknowledged" && alert.acknowledgedAt && (
      <>
        Acknowledged by {alert.acknowledgedBy} at <UtcTime at={alert.acknowledgedAt} now={now} />
        {alert.note ? `: ${alert.note}` : "."}
      </>
    ),
    alert.status === "snoozed" && alert.snoozedUntil && (
      <>
        Snoozed by {alert.snoozedBy} until <UtcTime at={alert.snoozedUntil} now={now} />.
      </>
    ),
    alert.status === "silenced" && alert.silencedUntil && (
      <>
        The rule is silenced until <UtcTime at={alert.silencedUntil} now={now} />: {alert.silenceReason}
      </>
    ),
  ].filter(Boolean);
  if (!lines.length) return null;
  return (
    <div className="text-sm text-ink-muted">
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines never move
        <p key={index}>{line}</p>
      ))}
    </div>
  );
}

function Actions({ alert }: { alert: AlertRow }) {
  return (
    <>
      <ResultLine of={{ intents: ["acknowledge", "snooze"], id: alert.id }} />
      <div className="flex flex-col gap-x-8 gap-y-4 lg:flex-row lg:flex-wrap">
        {alert.status !== "acknowledged" && (
          <ActionForm
            intent="acknowledge"
            id={alert.id}
            button="Acknowledge"
            label={`Acknowledge: ${alert.title}`}
            inline
          >
            <TextField label="Note" name="note" maxLength={500} autoComplete="off" />
          </ActionForm>
        )}
        <ActionForm
          intent="snooze"
          id={alert.id}
          button="Snooze"
          label={`Snooze: ${alert.title}`}
          quiet
          inline
        >
          <DurationField label="Snooze for" />
        </ActionForm>
      </div>
    </>
  );
}
