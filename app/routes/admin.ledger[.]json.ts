import { json, type LoaderFunctionArgs } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import { readLedgerPanel } from "~/pages/overview/panels/ledger";

/** The ledger for programs, with its time and whether it was read just now or stored by the last sync. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "admin.view");
  const { ledger, live, losses, doubtful, voided } = await readLedgerPanel(
    context.runtime.db,
    context.runtime.readLedger,
  );
  if (!ledger)
    return json(
      { error: "No ledger yet: the first sync stores one, and it can be read now only while Redis answers." },
      { status: 503 },
    );
  const { at, ...counts } = ledger;
  return json(
    { ...counts, asOf: at.toISOString(), live, losses, doubtful, voided },
    { headers: { "Cache-Control": "no-store" } },
  );
}
