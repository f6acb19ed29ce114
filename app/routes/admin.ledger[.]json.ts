import { json, type LoaderFunctionArgs } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import { readLedgerPanel } from "~/pages/overview/queries/ledger-panel";

/** Where every accepted view is, for programs: as of when, and whether it was read just now. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "admin.view");
  const { ledger, live, losses } = await readLedgerPanel(context.runtime.db, context.runtime.readLedger);
  if (!ledger)
    return json(
      { error: "No ledger yet: it is stored at the first sync, or read now when Redis answers." },
      { status: 503 },
    );
  const { at, ...counts } = ledger;
  return json(
    { ...counts, asOf: at.toISOString(), live, losses },
    { headers: { "Cache-Control": "no-store" } },
  );
}
