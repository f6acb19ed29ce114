import { formatCount } from "~/shared/format";
import { lookUp } from "~/shared/look-up";
import { ActionForm } from "~/ui/forms/action-form";
import { ResultLine } from "~/ui/forms/result-line";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import type { DeliveryRow } from "./read-channels";

/** The latest notifications and their results. Undelivered ones can be retried now or given up. */
export function DeliveryTable({ deliveries, now }: { deliveries: DeliveryRow[]; now: string }) {
  return (
    <div className="flex flex-col gap-3">
      <ResultLine of={{ intents: ["retry", "give-up"] }} />
      <DataTable
        caption="Notifications sent to channels"
        rows={deliveries}
        keyOf={(row) => row.id}
        empty="No notifications yet. Add a channel, and send it a test."
        scroll
        columns={[
          {
            head: "Notification",
            names: true,
            cell: (row) => (
              <>
                {lookUp(EVENT_LABELS, row.event) ?? row.event}
                {row.title && `: ${row.title}`}
                <span className="block text-xs text-ink-muted">
                  <UtcTime at={row.createdAt} now={now} seconds /> to {row.channel}
                </span>
              </>
            ),
          },
          { head: "Result", cell: (row) => <Result delivery={row} now={now} /> },
        ]}
      />
    </div>
  );
}

function Result({ delivery, now }: { delivery: DeliveryRow; now: string }) {
  const { lastAttempt, attempts } = delivery;
  const tries = attempts > 1 ? ` after ${attempts} attempts` : "";
  if (delivery.deliveredAt)
    return (
      <>
        Delivered <UtcTime at={delivery.deliveredAt} now={now} seconds />
        {tries}
        {lastAttempt?.error && `, but ${lastAttempt.error}`}
      </>
    );
  const failure = lastAttempt && (lastAttempt.error ?? `status ${lastAttempt.status}`).replace(/\.+$/, "");
  if (delivery.givenUpAt && delivery.event === "test") return <>Not delivered: {failure}</>;
  if (delivery.givenUpAt)
    return (
      <>
        Given up by {delivery.givenUpBy}
        {failure && ` (${failure})`}
      </>
    );
  if (!attempts) return <>Waiting to be sent</>;
  return (
    <span className="flex flex-col items-start gap-2">
      <span>
        {formatCount(attempts, "attempt")}: {failure ?? "in progress"}. Next at{" "}
        <UtcTime at={delivery.nextAt} now={now} seconds />.
      </span>
      <span className="flex flex-wrap gap-2">
        <ActionForm intent="retry" id={delivery.id} button="Retry now" quiet />
        <ActionForm intent="give-up" id={delivery.id} button="Give up" quiet />
      </span>
    </span>
  );
}

const EVENT_LABELS = {
  firing: "Firing",
  reminder: "Still firing",
  acknowledged: "Acknowledged",
  "handed-over": "Handed over",
  resolved: "Resolved",
  test: "Test",
};
