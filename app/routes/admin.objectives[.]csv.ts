import type { LoaderFunctionArgs } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import { recordExport } from "~/auth/record-export";
import { readObjectives } from "~/pages/objectives/read-objectives";
import { reportCsv } from "~/pages/objectives/report-files";

/** The report of the last 30 days, day by day. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  const user = await requirePermission(context, request, "admin.view");
  const { db, settings } = context.runtime;
  const objectives = await readObjectives(db, settings.current().objectives, new Date());
  recordExport(context, request, user);
  return new Response([...reportCsv(objectives)].join(""), {
    headers: {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": 'attachment; filename="tidemark-objectives.csv"',
      "Cache-Control": "private, no-store",
    },
  });
}
