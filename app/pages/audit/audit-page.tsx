import type { SerializeFrom } from "@remix-run/node";
import { Form, Link, useLoaderData } from "@remix-run/react";
import { SelectField, TextField } from "~/ui/forms/fields";
import { PanelView } from "~/ui/panel-view";
import { useZone } from "~/ui/time/zone";
import { AuditTable, OUTCOME_LABELS } from "./audit-table";
import { KINDS, OUTCOMES } from "./kinds";
import type { loadAuditPage } from "./load-audit-page";

type Data = SerializeFrom<typeof loadAuditPage>;

/** Who did what, when and why: filtered, one page at a time, with all matching events as a file. */
export function AuditPage() {
  const { now, events, actors, protection, filter, paged } = useLoaderData<typeof loadAuditPage>();
  const older = events.ok ? events.data.older : null;
  return (
    <main className="mx-auto flex max-w-console flex-col gap-8 px-5 pt-8 pb-20 sm:px-8">
      <div className="flex flex-col gap-2">
        <h1 className="text-xl font-semibold sm:text-2xl">Who did what, and why</h1>
        <div className="max-w-[48rem] text-sm text-ink-muted">
          Newest first. <PanelView panel={protection}>{(found) => <Protection {...found} />}</PanelView>
        </div>
      </div>
      <Filter filter={filter} actors={actors} />
      <div className="flex flex-col gap-3">
        <PanelView panel={events}>
          {(page) => <AuditTable events={page.events} now={now} filtered={isFiltered(filter)} />}
        </PanelView>
        <Links filter={filter} paged={paged} older={older} />
      </div>
    </main>
  );
}

/** How far events are safe from whoever can use the site's access to the database. */
function Protection({ role, mayRewrite }: { role: string; mayRewrite: boolean }) {
  return mayRewrite
    ? `A trigger refuses to change or delete events. But the site's role in Postgres, ${role}, owns the log and could switch the trigger off: give the site a role of its own with MIGRATION_DATABASE_URL.`
    : `The site's role in Postgres, ${role}, may add events, and may neither change nor delete them.`;
}

/** Whether the filter leaves events out: the zone alone does not. */
const isFiltered = (filter: Data["filter"]) =>
  Object.entries(filter).some(([name, value]) => name !== "zone" && value !== "");

const KIND_OPTIONS = [
  { value: "", label: "Everything" },
  ...Object.entries(KINDS).map(([value, { label }]) => ({ value, label })),
];

const OUTCOME_OPTIONS = [
  { value: "", label: "Any outcome" },
  ...OUTCOMES.map((value) => ({ value, label: OUTCOME_LABELS[value] })),
];

function Filter({ filter, actors }: Pick<Data, "filter" | "actors">) {
  // The days are the viewer's, so the server learns their zone with them.
  const zone = useZone().key === "utc" ? "" : Intl.DateTimeFormat().resolvedOptions().timeZone;
  const people = actors.ok ? actors.data : [];
  const known = filter.actor === "" || people.some(({ value }) => value === filter.actor);
  return (
    <Form
      key={JSON.stringify(filter)}
      method="get"
      className="grid grid-cols-2 items-end gap-x-4 gap-y-3 md:grid-cols-3 xl:grid-cols-[1fr_1fr_auto_auto_auto_1.2fr_auto]"
    >
      <SelectField
        label="Who"
        name="actor"
        value={filter.actor}
        options={[
          { value: "", label: "Everyone" },
          ...(known ? [] : [{ value: filter.actor, label: filter.actor }]),
          ...people,
        ]}
      />
      <SelectField label="What" name="kind" value={filter.kind} options={KIND_OPTIONS} />
      <SelectField label="Outcome" name="outcome" value={filter.outcome} options={OUTCOME_OPTIONS} />
      <TextField label={`From (${zone || "UTC"})`} name="from" value={filter.from} type="date" />
      <TextField label={`To, inclusive (${zone || "UTC"})`} name="to" value={filter.to} type="date" />
      <TextField label="Text" name="text" value={filter.text} type="search" maxLength={200} />
      {filter.action && <input type="hidden" name="action" value={filter.action} />}
      {zone && <input type="hidden" name="zone" value={zone} />}
      <button type="submit" className="button button-quiet min-h-11">
        Filter
      </button>
    </Form>
  );
}

/** Other pages of the same events, and all of them as a file. */
function Links({ filter, paged, older }: Pick<Data, "filter" | "paged"> & { older: string | null }) {
  const given = Object.entries(filter).filter(([, value]) => value !== "");
  const filtered = isFiltered(filter);
  const to = (path: string, more: Record<string, string> = {}) => {
    const query = new URLSearchParams([...given, ...Object.entries(more)]);
    return query.size > 0 ? `${path}?${query}` : path;
  };
  const every = filtered ? "All matching events" : "All events";
  return (
    <>
      <nav aria-label="Pages of the audit log" className="flex flex-wrap gap-x-6 gap-y-2 text-sm">
        {paged && (
          <Link className="link" to={to("/admin/audit")}>
            Newest
          </Link>
        )}
        {older && (
          <Link className="link" to={to("/admin/audit", { before: older })}>
            Older
          </Link>
        )}
        {filtered && (
          <Link className="link" to="/admin/audit">
            Clear the filter
          </Link>
        )}
      </nav>
      <p className="flex flex-wrap gap-4 text-xs">
        <a className="link" href={to("/admin/audit.csv")} download>
          {every} (CSV)
        </a>
        <a className="link" href={to("/admin/audit.json")} download>
          {every} (JSON)
        </a>
      </p>
    </>
  );
}
