import type { LoaderFunctionArgs } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import { recordExport } from "~/auth/record-export";
import { auditCsv, auditFilter } from "~/pages/audit/audit-log";
import { download } from "~/platform/csv";

/** Every event of the audit log that matches the filter. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  const user = await requirePermission(context, request, "audit.view");
  const filter = auditFilter(new URL(request.url).searchParams);
  recordExport(context, request, user);
  return download(auditCsv(context.runtime.db, filter), "tidemark-audit.csv", "text/csv");
}
