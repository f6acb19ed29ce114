import { formatCount } from "~/shared/format";
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
        empty="No notifications yet."
        scroll
        columns={[
          { head: "Created", cell: (row) => <UtcTime at={row.createdAt} now={now} seconds /> },
          { head: "Channel", wideOnly: true, cell: (row) => row.channel },
          {
            head: "Notification",
            names: true,
            cell: (row) => (row.event === "test" ? "Test" : `${capital(row.event)}: ${row.title}`),
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
      </>
    );
  const failure = lastAttempt && (lastAttempt.error ?? `status ${lastAttempt.status}`).replace(/\.+$/, "");
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

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
