import { formatCount } from "~/shared/format";
import { UtcTime } from "~/ui/time/utc-time";
import type { ChannelRow } from "./read-channels";

interface ChannelHealthProps {
  channel: ChannelRow;
  now: string;
  /** With the reason and the queue, in sentences. */
  full?: boolean;
}

/** Whether a channel works: when it last accepted a notification, why it last did not, and how many wait for it. */
export function ChannelHealth({ channel, now, full }: ChannelHealthProps) {
  const { deliveredAt, failedAt, waiting } = channel;
  const failing = failedAt !== null && (deliveredAt === null || failedAt > deliveredAt);
  if (full)
    return (
      <div className="max-w-[48rem] text-sm">
        <p>
          {deliveredAt ? (
            <>
              Last delivered at <UtcTime at={deliveredAt} now={now} seconds />.
            </>
          ) : (
            "Nothing has been delivered yet."
          )}{" "}
          {waiting === 0
            ? "None waiting."
            : `${formatCount(waiting, "notification is", "notifications are")} waiting.`}
        </p>
        {failedAt && (
          <p className={failing ? "font-medium" : "text-ink-muted"}>
            {failing ? "Failing: at " : "Last failed at "}
            <UtcTime at={failedAt} now={now} seconds />, {reasonOf(channel)}.
          </p>
        )}
      </div>
    );
  if (failing)
    return (
      <span className="inline-flex items-center gap-1.5 font-medium text-alarm">
        <svg aria-hidden="true" viewBox="0 0 12 12" width="12" height="12" className="shrink-0">
          <path d="M6 1 11.5 11h-11Z" fill="currentColor" />
        </svg>
        Failing{waiting > 0 && `, ${waiting} waiting`}
      </span>
    );
  return (
    <span>
      {deliveredAt ? (
        <>
          Delivered <UtcTime at={deliveredAt} now={now} />
        </>
      ) : (
        "Not used yet"
      )}
      {waiting > 0 && `, ${waiting} waiting`}
    </span>
  );
}

/** Some reasons are sentences of their own. */
const reasonOf = ({ error, status }: ChannelRow) => (error ?? `status ${status}`).replace(/\.+$/, "");
