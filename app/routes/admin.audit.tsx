import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Form, Link, useLoaderData } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { auditFilter, listAuditNames, readAuditPage } from "~/pages/audit/audit-log";
import { AuditTable } from "~/pages/audit/audit-table";
import { loadPanel } from "~/shared/panel";
import { SelectField, TextField } from "~/ui/forms/fields";
import { PanelView } from "~/ui/panel-view";

export const meta: MetaFunction = () => [
  { title: "Audit · Tidemark" },
  { name: "robots", content: "noindex" },
];

export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "audit.view");
  const { db, log } = context.runtime;
  const query = new URL(request.url).searchParams;
  const before = query.get("before");
  const page = readAuditPage(
    db,
    auditFilter(query),
    before && /^\d{1,18}$/.test(before) ? BigInt(before) : null,
  );
  const onError = (what: string, error: unknown) =>
    log.error({ err: error, what }, "a panel of the audit failed");
  const [events, names] = await Promise.all([
    loadPanel("The audit", page, onError),
    loadPanel("The lists of who and what", listAuditNames(db), onError),
  ]);
  const given = (name: string) => query.get(name) ?? "";
  return {
    now: new Date(),
    events,
    names,
    given: {
      actor: given("actor"),
      action: given("action"),
      from: given("from"),
      to: given("to"),
      text: given("text"),
    },
    paged: before !== null,
  };
}

export default function Audit() {
  const { now, events, names, given, paged } = useLoaderData<typeof loader>();
  const filter = new URLSearchParams(Object.entries(given).filter(([, value]) => value !== ""));
  const filtered = filter.size > 0;
  const older = events.ok ? events.data.older : null;
  const { actors, actions } = names.ok ? names.data : { actors: [], actions: [] };
  const at = (path: string, more: Record<string, string> = {}) => {
    const query = new URLSearchParams([...filter, ...Object.entries(more)]);
    return query.size > 0 ? `${path}?${query}` : path;
  };
  return (
    <main className="mx-auto flex max-w-instrument flex-col gap-8 px-5 pt-8 pb-20 sm:px-8">
      <div className="flex flex-col gap-2">
        <h1 className="text-xl font-semibold sm:text-2xl">Who did what, and why</h1>
        <p className="max-w-[48rem] text-sm text-ink-muted">
          Newest first. The database refuses to change or delete an event, whoever asks.
        </p>
      </div>
      <Form
        key={filter.toString()}
        method="get"
        className="grid grid-cols-2 items-end gap-x-4 gap-y-3 md:grid-cols-3 xl:grid-cols-[1fr_1fr_auto_auto_1.5fr_auto]"
      >
        <SelectField
          label="Who"
          name="actor"
          value={given.actor}
          options={options("Everyone", actors, given.actor)}
        />
        <SelectField
          label="Action"
          name="action"
          value={given.action}
          options={options("All actions", actions, given.action)}
        />
        <TextField label="From (UTC day)" name="from" value={given.from} type="date" />
        <TextField label="To, inclusive" name="to" value={given.to} type="date" />
        <TextField label="Text" name="text" value={given.text} type="search" maxLength={200} />
        <button type="submit" className="button button-quiet min-h-11">
          Filter
        </button>
      </Form>
      <div className="flex flex-col gap-3">
        <PanelView panel={events}>{(page) => <AuditTable events={page.events} now={now} />}</PanelView>
        <nav aria-label="Pages of the audit" className="flex flex-wrap gap-x-6 gap-y-2 text-sm">
          {paged && (
            <Link className="link" to={at("/admin/audit")}>
              Newest
            </Link>
          )}
          {older && (
            <Link className="link" to={at("/admin/audit", { before: older })}>
              Older
            </Link>
          )}
          {filtered && (
            <Link className="link" to="/admin/audit">
              Without a filter
            </Link>
          )}
        </nav>
        <p className="flex flex-wrap gap-4 text-xs">
          <a className="link" href={at("/admin/audit.csv")} download>
            {filtered ? "All that match" : "All events"} (CSV)
          </a>
          <a className="link" href={at("/admin/audit.json")} download>
            {filtered ? "All that match" : "All events"} (JSON)
          </a>
        </p>
      </div>
    </main>
  );
}

/** A filter's values; one that is in the address but in no event stays selected. */
const options = (all: string, values: string[], given: string) => [
  { value: "", label: all },
  ...(given && !values.includes(given) ? [given, ...values] : values).map((value) => ({
    value,
    label: value,
  })),
];
