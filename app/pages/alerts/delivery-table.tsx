import { formatCount } from "~/shared/format";
import { ActionForm } from "~/ui/forms/action-form";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";

interface Delivery {
  id: string;
  event: string;
  title: string;
  channel: string;
  createdAt: string;
  nextAt: string;
  attempts: number;
  deliveredAt: string | null;
  givenUpAt: string | null;
  givenUpBy: string | null;
  last: { status: number | null; ms: number; error: string | null } | null;
}

/** What was sent to whom, and what came of it. What waits can be tried now or given up. */
export function DeliveryTable({ deliveries, now }: { deliveries: Delivery[]; now: string }) {
  return (
    <DataTable
      caption="Messages sent to channels"
      rows={deliveries}
      keyOf={(row) => row.id}
      empty="Nothing has been sent yet."
      scroll
      columns={[
        { head: "Written", cell: (row) => <UtcTime at={row.createdAt} now={now} seconds /> },
        { head: "To", wideOnly: true, cell: (row) => row.channel },
        {
          head: "Message",
          names: true,
          cell: (row) => (row.event === "test" ? "Test" : `${capital(row.event)}: ${row.title}`),
        },
        { head: "Result", cell: (row) => <Result delivery={row} now={now} /> },
      ]}
    />
  );
}

function Result({ delivery, now }: { delivery: Delivery; now: string }) {
  const { last, attempts } = delivery;
  const tries = attempts > 1 ? `, at the ${ordinal(attempts)} try` : "";
  if (delivery.deliveredAt)
    return (
      <>
        Delivered <UtcTime at={delivery.deliveredAt} now={now} seconds />
        {tries}
      </>
    );
  const why = last && (last.error ?? `status ${last.status}`);
  if (delivery.givenUpAt)
    return (
      <>
        Given up by {delivery.givenUpBy}
        {why && ` (${why})`}
      </>
    );
  if (!attempts) return <>Waits to be sent</>;
  return (
    <span className="flex flex-col items-start gap-2">
      <span>
        {formatCount(attempts, "try", "tries")}: {why ?? "under way"}. Again at{" "}
        <UtcTime at={delivery.nextAt} now={now} seconds />.
      </span>
      <span className="flex flex-wrap gap-2">
        <ActionForm intent="retry" id={delivery.id} button="Try now" quiet />
        <ActionForm intent="give-up" id={delivery.id} button="Give up" quiet />
      </span>
    </span>
  );
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

const ordinal = (value: number) => {
  const last = value % 10;
  const teen = Math.floor((value % 100) / 10) === 1;
  return `${value}${teen ? "th" : (({ 1: "st", 2: "nd", 3: "rd" } as Record<number, string>)[last] ?? "th")}`;
};
