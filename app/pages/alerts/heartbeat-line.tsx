import type { ReactNode } from "react";
import { formatDuration } from "~/shared/format";
import { UtcTime } from "~/ui/time/utc-time";
import type { HeartbeatRow } from "./read-heartbeat";

/** Whether a service outside hears from this site: it raises the alarm when Tidemark no longer can. */
export function HeartbeatLine({ setUp, now }: HeartbeatRow & { now: string }) {
  if (!setUp)
    return (
      <Lines>
        <p>Not set up: if this site stops altogether, no one is told.</p>
        <p className="text-ink-muted">
          Set HEARTBEAT_URL to an address of a service outside, such as healthchecks.io. It is requested every
          minute while alerting works, and the service raises the alarm when that stops.
        </p>
      </Lines>
    );
  const { host, everySeconds, row } = setUp;
  const { acceptedAt = null, failedAt = null, withheldAt = null } = row ?? {};
  const latest = [acceptedAt, failedAt, withheldAt]
    .filter((at) => at !== null)
    .sort()
    .at(-1);
  return (
    <Lines>
      <p>
        {acceptedAt ? (
          <>
            {host} last accepted one at <UtcTime at={acceptedAt} now={now} seconds />
          </>
        ) : (
          `${host} has not accepted one yet`
        )}
        ; one is due every {formatDuration(everySeconds)}.
      </p>
      {failedAt && (
        <p className={failedAt === latest ? "font-medium text-alarm" : "text-ink-muted"}>
          {failedAt === latest ? "Failing: at " : "Last failed at "}
          <UtcTime at={failedAt} now={now} seconds />
          {row?.error && `, ${row.error}`}.
        </p>
      )}
      {withheldAt && withheldAt === latest && (
        <p className="font-medium text-alarm">
          Held back since <UtcTime at={withheldAt} now={now} seconds />, so that the service raises the alarm:{" "}
          {row?.withheldReason}
        </p>
      )}
    </Lines>
  );
}

const Lines = ({ children }: { children: ReactNode }) => (
  <div className="figures flex max-w-[48rem] flex-col gap-1 text-sm">{children}</div>
);
