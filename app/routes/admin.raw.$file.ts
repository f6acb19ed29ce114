import type { LoaderFunctionArgs } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import { recordExport } from "~/auth/record-export";
import { RAW_ROWS } from "~/pages/overview/raw-rows";
import { download } from "~/platform/csv";
import { lookUp } from "~/shared/look-up";

/** The rows behind the overview, without a limit on their number. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const user = await requirePermission(context, request, "admin.view");
  const file = params.file ?? "";
  const rows = lookUp(RAW_ROWS, file);
  if (!rows) throw new Response("There is no such file.", { status: 404 });
  recordExport(context, request, user);
  return download(rows(context.runtime.db), `tidemark-${file}`, "text/csv");
}
