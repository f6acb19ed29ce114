import { SEVERITY_LABELS } from "~/shared/labels";
import { Sentence } from "~/ui/time/sentence";
import { UtcTime } from "~/ui/time/utc-time";
import { AlertBadge } from "./alert-badge";
import type { AlertRow } from "./read-alerts";

interface AlertStateProps {
  alert: AlertRow;
  now: string;
}

/** An alert's status, its severity, and since when. */
export function AlertStateLine({ alert, now }: AlertStateProps) {
  return (
    <>
      <span className="text-sm">
        <AlertBadge status={alert.status} />
      </span>
      <span className="text-sm text-ink-muted">{SEVERITY_LABELS[alert.severity]}</span>
      <span className="figures text-sm text-ink-muted">
        since <UtcTime at={alert.firedAt ?? alert.pendingAt} now={now} seconds />
      </span>
    </>
  );
}

/** Why an alert needs no one, when it closes, missing data, and the operators' decisions about it. */
export function AlertNotes({ alert, now }: AlertStateProps) {
  const lines = [
    alert.status === "recovering" && alert.recoveringSince && alert.closesAt && (
      <>
        Back to normal since <UtcTime at={alert.recoveringSince} now={now} seconds />; closes at{" "}
        <UtcTime at={alert.closesAt} now={now} seconds /> if it stays so.
      </>
    ),
    alert.explanation && alert.explanation !== alert.message && (
      <Sentence text={alert.explanation} now={now} />
    ),
    alert.unknownSince && (
      <>
        No data since <UtcTime at={alert.unknownSince} now={now} seconds />: its current state is unknown.
      </>
    ),
    alert.phase !== "resolved" && alert.acknowledgedBy && alert.acknowledgedAt && (
      <>
        {alert.acknowledgedBy} has it since <UtcTime at={alert.acknowledgedAt} now={now} />
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
