import { Link } from "@remix-run/react";
import type { ReactNode } from "react";
import { formatCount } from "~/shared/format";
import { TONE_LABELS } from "~/shared/labels";
import { ModeBadge } from "~/ui/mode-badge";
import { StatusIcon } from "~/ui/status-view";
import { Sentence } from "~/ui/time/sentence";
import { UtcTime } from "~/ui/time/utc-time";
import { overallStatus } from "./overall-status";
import type { LoadedOverview, PanelData } from "./panel-data";

interface StatusBlockProps {
  overview: Pick<LoadedOverview, "current" | "alerts" | "ledger">;
  now: string;
}

const MAX_ALERTS = 3;

/** Everything that matters, in one block that is as bad as the worst of it: the mode, alerts, the sync and the ledger. */
export function StatusBlock({ overview, now }: StatusBlockProps) {
  const current = overview.current.ok ? overview.current.data : null;
  const alerts = overview.alerts.ok ? overview.alerts.data.alerts : null;
  const ledger = overview.ledger.ok ? overview.ledger.data.ledger : null;
  const { tone, headline } = overallStatus({
    counting: current?.status ?? null,
    alerts,
    drift: ledger?.drift ?? 0,
  });
  return (
    <section
      aria-label="Status"
      data-tone={tone}
      className="status-block flex gap-3 rounded-md border px-4 py-3"
    >
      <StatusIcon tone={tone} />
      <div className="flex min-w-0 grow flex-col gap-1.5">
        <div className="flex flex-wrap items-baseline justify-between gap-x-6">
          <h1 className="figures max-w-[60rem] text-xl font-semibold text-pretty">
            <Sentence text={headline} now={now} />
          </h1>
          <p className={`text-sm ${tone === "alarm" ? "font-semibold text-alarm" : "text-ink-muted"}`}>
            {TONE_LABELS[tone]}
          </p>
        </div>
        {[...(current?.status.details ?? []), ...(overview.current.ok ? [] : [overview.current.why])].map(
          (detail) => (
            <p key={detail} className="figures max-w-[72rem] text-sm">
              <Sentence text={detail} now={now} />
            </p>
          ),
        )}
        {alerts && alerts.length > 0 && <Alerts alerts={alerts} now={now} />}
        <dl className="figures flex flex-wrap gap-x-6 gap-y-0.5 text-sm">
          {current && (
            <Fact name="Mode">
              <ModeBadge mode={current.status.mode} />
              {current.status.since && (
                <>
                  {" "}
                  since <UtcTime at={current.status.since} now={now} />
                </>
              )}
            </Fact>
          )}
          <Fact name="Alerts">
            <Link to="/admin/alerts" className="link">
              {alerts ? (alerts.length ? `${alerts.length} firing` : "none firing") : "could not be read"}
            </Link>
          </Fact>
          {current && (
            <Fact name="Sync">
              <Link to="/admin/sync" className="link">
                {current.pause ? "paused" : current.redis === "disabled" ? "not needed" : "scheduled"}
              </Link>
              {current.pause && (
                <>
                  {" "}
                  until <UtcTime at={current.pause.until} now={now} />
                </>
              )}
            </Fact>
          )}
          <Fact name="Ledger">
            <a href="#ledger" className="link">
              {!overview.ledger.ok
                ? "could not be read"
                : !ledger
                  ? "not written yet"
                  : ledger.drift === 0
                    ? "adds up"
                    : `${formatCount(Math.abs(ledger.drift), "view")} off`}
            </a>
          </Fact>
        </dl>
      </div>
    </section>
  );
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="flex items-baseline gap-1.5">
    <dt className="text-ink-muted">{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** The alerts that are firing, the worst first, with the way to them. */
const Alerts = ({ alerts, now }: { alerts: PanelData<"alerts">["alerts"]; now: string }) => (
  <ul aria-label="Firing alerts" className="flex flex-col gap-0.5 text-sm">
    {alerts.slice(0, MAX_ALERTS).map((alert) => (
      <li key={alert.id} className={alert.needsAttention ? undefined : "text-ink-muted"}>
        <Link to={`/admin/alerts/${alert.id}`} className="hover:underline">
          <Sentence text={alert.message} now={now} />
        </Link>
        {alert.firedAt && (
          <span className="text-ink-muted">
            {" "}
            Since <UtcTime at={alert.firedAt} now={now} />.
          </span>
        )}
        <WhyNoOne alert={alert} now={now} />{" "}
        {alert.needsAttention && (
          <Link to={`/admin/alerts/${alert.id}`} className="link">
            See and acknowledge
          </Link>
        )}
      </li>
    ))}
    {alerts.length > MAX_ALERTS && (
      <li className="text-ink-muted">{formatCount(alerts.length - MAX_ALERTS, "more alert")}.</li>
    )}
  </ul>
);

/** Why an alert that is firing needs no one. */
function WhyNoOne({ alert, now }: { alert: PanelData<"alerts">["alerts"][number]; now: string }) {
  if (alert.status === "recovering" && alert.recoveringSince && alert.closesAt)
    return (
      <>
        {" "}
        Back to normal since <UtcTime at={alert.recoveringSince} now={now} seconds />; closes at{" "}
        <UtcTime at={alert.closesAt} now={now} seconds /> if it stays so.
      </>
    );
  if (alert.status === "acknowledged") return ` ${alert.acknowledgedBy} has it.`;
  if (alert.status === "snoozed" || alert.status === "silenced") return " It is muted.";
  if (alert.status === "firing" && alert.severity === "notice") return " A notice: nothing has to be done.";
  return alert.explanation && alert.explanation !== alert.message ? ` ${alert.explanation}` : null;
}
