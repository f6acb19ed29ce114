import { Link } from "@remix-run/react";
import { Sentence } from "~/ui/time/sentence";
import { UtcTime } from "~/ui/time/utc-time";
import type { PanelData } from "../panel-data";

interface FiringStripProps {
  firing: PanelData<"alerts">;
  now: string;
}

const MAX_SHOWN = 4;

/** The alerts that are firing, above everything else; red when one needs attention. */
export function FiringStrip({ firing, now }: FiringStripProps) {
  const { alerts, sentence } = firing;
  if (!alerts.length)
    return (
      <p className="text-sm text-ink-muted">
        {sentence}{" "}
        <Link to="/admin/alerts" className="link">
          Alerts
        </Link>
      </p>
    );
  const urgent = alerts.some((alert) => alert.needsAttention);
  return (
    <section
      aria-label="Firing alerts"
      className={`flex flex-col gap-1 border-l-2 py-1 pl-3 text-sm ${urgent ? "border-alarm" : "border-edge"}`}
    >
      <p className="font-semibold">
        <span className={urgent ? "text-alarm" : undefined}>{sentence}</span>{" "}
        <Link to="/admin/alerts" className="link font-normal">
          See and acknowledge
        </Link>
      </p>
      <ul className="flex flex-col gap-0.5">
        {alerts.slice(0, MAX_SHOWN).map((alert) => (
          <li key={alert.id} className={alert.needsAttention ? undefined : "text-ink-muted"}>
            <Sentence text={alert.message} now={now} />
            {alert.firedAt && (
              <span className="text-ink-muted">
                {" "}
                Since <UtcTime at={alert.firedAt} now={now} />
                {!alert.needsAttention && ", being handled"}.
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
