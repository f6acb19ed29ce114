import type { LoaderFunctionArgs } from "@remix-run/node";
import { openPage } from "~/console/open-page";
import { auditFilter, listAuditNames, readAuditPage } from "./audit-log";
import { readAuditProtection } from "./read-audit-protection";

/** One page of the audit log, and the filter in the address, as typed. */
export async function loadAuditPage(args: LoaderFunctionArgs) {
  const { db, now, query, panel } = await openPage(args, "audit.view");
  const before = query.get("before");
  const lastShown = before && /^\d{1,18}$/.test(before) ? BigInt(before) : null;
  const [events, names, protection] = await Promise.all([
    panel("The audit log", readAuditPage(db, auditFilter(query), lastShown)),
    panel("The list of people and actions", listAuditNames(db)),
    panel("How the log is protected", readAuditProtection(db)),
  ]);
  const given = (name: string) => query.get(name) ?? "";
  return {
    now,
    events,
    names,
    protection,
    filter: {
      actor: given("actor"),
      action: given("action"),
      from: given("from"),
      to: given("to"),
      text: given("text"),
    },
    paged: before !== null,
  };
}
