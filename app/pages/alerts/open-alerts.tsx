import { Link } from "@remix-run/react";
import { ActionForm } from "~/ui/forms/action-form";
import { ResultLine } from "~/ui/forms/action-provider";
import { DurationField, TextField } from "~/ui/forms/fields";
import { Sentence } from "~/ui/time/sentence";
import { UtcTime } from "~/ui/time/utc-time";
import { AlertBadge } from "./alert-badge";

export interface OpenAlert {
  id: number;
  rule: string;
  title: string;
  runbook: string;
  state: string;
  says: string;
  pendingAt: string;
  firedAt: string | null;
  unknownSince: string | null;
  acknowledgedAt: string | null;
  acknowledgedBy: string | null;
  note: string | null;
  snoozedUntil: string | null;
  snoozedBy: string | null;
  silencedUntil: string | null;
  silenceReason: string | null;
}

interface OpenAlertsProps {
  alerts: OpenAlert[];
  now: string;
}

/** What is wrong now, each with its number against its limit, its runbook and what can be done about it. */
export function OpenAlerts({ alerts, now }: OpenAlertsProps) {
  if (!alerts.length)
    return <p className="text-sm text-ink-muted">Nothing fires, and nothing is about to.</p>;
  return (
    <ul className="flex flex-col">
      {alerts.map((alert) => (
        <li key={alert.id} className="flex flex-col gap-2 border-t border-line py-4 last:border-b">
          <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
            <h3 className={`font-semibold ${alert.state === "firing" ? "text-alarm" : ""}`}>{alert.title}</h3>
            <span className="text-sm">
              <AlertBadge state={alert.state} />
            </span>
            <span className="figures text-sm text-ink-muted">
              since <UtcTime at={alert.firedAt ?? alert.pendingAt} now={now} seconds />
            </span>
          </div>
          <p className="figures max-w-[60rem] text-sm">
            <Sentence text={alert.says} now={now} />{" "}
            <Link to={`/admin/runbook#${alert.runbook}`} className="link whitespace-nowrap">
              What to do
            </Link>
          </p>
          <Decided alert={alert} now={now} />
          {alert.state !== "pending" && <Attend alert={alert} />}
        </li>
      ))}
    </ul>
  );
}

/** What is missing, and what people have decided. */
function Decided({ alert, now }: { alert: OpenAlert; now: string }) {
  const lines = [
    alert.unknownSince && (
      <>
        No data since <UtcTime at={alert.unknownSince} now={now} seconds />: it may be over, or worse.
      </>
    ),
    alert.state === "acknowledged" && alert.acknowledgedAt && (
      <>
        {alert.acknowledgedBy} has it since <UtcTime at={alert.acknowledgedAt} now={now} />
        {alert.note ? `: ${alert.note}` : "."}
      </>
    ),
    alert.state === "snoozed" && alert.snoozedUntil && (
      <>
        Snoozed by {alert.snoozedBy} until <UtcTime at={alert.snoozedUntil} now={now} />.
      </>
    ),
    alert.state === "silenced" && alert.silencedUntil && (
      <>
        The rule is silent until <UtcTime at={alert.silencedUntil} now={now} />: {alert.silenceReason}
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

function Attend({ alert }: { alert: OpenAlert }) {
  return (
    <>
      <ResultLine of={{ intents: ["acknowledge", "snooze"], id: alert.id }} />
      <div className="flex flex-col gap-x-8 gap-y-4 lg:flex-row lg:flex-wrap">
        {alert.state !== "acknowledged" && (
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
          <DurationField label="Quiet for" />
        </ActionForm>
      </div>
    </>
  );
}
