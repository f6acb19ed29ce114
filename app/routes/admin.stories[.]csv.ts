import type { LoaderFunctionArgs } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import { recordExport } from "~/auth/record-export";
import { differencesCsv } from "~/pages/stories/list-differences";
import { download } from "~/platform/csv";

/** Every story and chapter whose total differs from its history. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  const user = await requirePermission(context, request, "admin.view");
  recordExport(context, request, user);
  return download(differencesCsv(context.runtime.db), "tidemark-differences.csv", "text/csv");
}
