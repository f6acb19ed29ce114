import { json, type LoaderFunctionArgs } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import { readLedgerPanel } from "~/pages/overview/panels/ledger";

/** The ledger for programs, with its time and whether it was read just now or as it was last known. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "admin.view");
  const { ledger, live, redisAt, losses, doubtful, voided } = await readLedgerPanel(
    context.runtime.db,
    context.runtime.readLedger,
  );
  if (!ledger)
    return json(
      { error: "No ledger yet: no view has been accepted, and Redis does not answer." },
      { status: 503 },
    );
  const { at, ...counts } = ledger;
  return json(
    {
      ...counts,
      asOf: at.toISOString(),
      live,
      redisAsOf: redisAt?.toISOString() ?? null,
      losses,
      doubtful,
      voided,
    },
    { headers: { "Cache-Control": "no-store" } },
  );
}
