import type { SerializeFrom } from "@remix-run/node";
import { lookUp } from "~/shared/look-up";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import type { readAuditPage } from "./audit-log";

type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };

type Events = SerializeFrom<typeof readAuditPage>["events"];

/** Who did what, when and why, and what it changed. Narrow screens stack the columns. */
export function AuditTable({ events, now }: { events: Events; now: string }) {
  return (
    <DataTable
      caption="Audit log"
      rows={events}
      keyOf={(row) => row.id}
      empty="No events match."
      columns={[
        { head: "When", names: true, cell: (row) => <UtcTime at={row.at} now={now} seconds /> },
        {
          head: "Who",
          wideOnly: true,
          cell: (row) => (
            <span className="break-words">
              <Actor name={row.actor} />
            </span>
          ),
        },
        {
          head: "Action",
          cell: (row) => (
            <>
              <span className="font-medium">{row.action}</span>
              {row.target && <span className="block text-xs text-ink-muted">{row.target}</span>}
              <span className="block text-xs break-words text-ink-muted sm:hidden">
                <Actor name={row.actor} />
              </span>
              <span className="block text-xs sm:hidden">{row.reason}</span>
            </>
          ),
        },
        {
          head: "Reason",
          wideOnly: true,
          cell: (row) => <span className="inline-block max-w-[24rem] break-words">{row.reason}</span>,
        },
        {
          head: "Before → after",
          cell: (row) => <Change before={row.before as Json} after={row.after as Json} />,
        },
      ]}
    />
  );
}

/** Who acted. Where there is little room, an e-mail address goes on in the next line with its host. */
function Actor({ name }: { name: string }) {
  const [person, host] = name.split("@", 2);
  if (host === undefined) return name;
  return (
    <>
      {person}
      <wbr />@{host}
    </>
  );
}

/** The fields that changed, one per line; the whole value where there is nothing to compare it with. */
function Change({ before, after }: { before: Json; after: Json }) {
  const lines = changes(before, after);
  return (
    <ul className="flex flex-col gap-0.5 text-xs">
      {lines.map(({ name, from, to }) => (
        <li key={name} className="break-words">
          {name && <span className="text-ink-muted">{name}: </span>}
          {from !== null && `${from} → `}
          {to}
        </li>
      ))}
    </ul>
  );
}

const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function changes(before: Json, after: Json): { name: string; from: string | null; to: string }[] {
  if (!isObject(before) && !isObject(after)) {
    if (before == null && after == null) return [];
    return [{ name: "", from: before == null ? null : inWords(before), to: inWords(after) }];
  }
  const from = isObject(before) ? before : {};
  const to = isObject(after) ? after : {};
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .filter((name) => JSON.stringify(lookUp(from, name)) !== JSON.stringify(lookUp(to, name)))
    .map((name) => ({
      name,
      from: isObject(before) ? inWords(lookUp(from, name)) : null,
      to: inWords(lookUp(to, name)),
    }));
}

const inWords = (value: Json) =>
  value === undefined || value === null || value === ""
    ? "none"
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
