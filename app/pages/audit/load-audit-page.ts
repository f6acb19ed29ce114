import type { LoaderFunctionArgs } from "@remix-run/node";
import { openPage } from "~/console/open-page";
import { auditFilter, listActors, readAuditPage } from "./audit-log";
import { readAuditProtection } from "./read-audit-protection";

/** One page of the audit log, and the filter in the address, as typed. */
export async function loadAuditPage(args: LoaderFunctionArgs) {
  const { db, now, query, panel } = await openPage(args, "audit.view");
  const before = query.get("before");
  const lastShown = before && /^\d{1,18}$/.test(before) ? BigInt(before) : null;
  const [events, actors, protection] = await Promise.all([
    panel("The audit log", readAuditPage(db, auditFilter(query), lastShown, now)),
    panel("The list of people", listActors(db)),
    panel("How the log is protected", readAuditProtection(db)),
  ]);
  const given = (name: string) => query.get(name) ?? "";
  return {
    now,
    events,
    actors,
    protection,
    filter: {
      actor: given("actor"),
      action: given("action"),
      kind: given("kind"),
      outcome: given("outcome"),
      from: given("from"),
      to: given("to"),
      zone: given("zone"),
      text: given("text"),
    },
    paged: before !== null,
  };
}
