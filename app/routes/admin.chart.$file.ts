import type { LoaderFunctionArgs } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import { recordExport } from "~/auth/record-export";
import { CHART_CSV } from "~/pages/overview/chart-csv";
import { parseRange } from "~/pages/overview/parse-range";
import { overviewSources, readStart } from "~/pages/overview/sources";
import { lookUp } from "~/shared/look-up";

/** The numbers of one chart of the overview, for the range in the address. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const user = await requirePermission(context, request, "admin.view");
  const file = params.file ?? "";
  const read = lookUp(CHART_CSV, file);
  if (!read) throw new Response("There is no such chart.", { status: 404 });
  const now = new Date();
  const selection = parseRange(
    new URL(request.url).searchParams,
    now.getTime(),
    await readStart(context.runtime.db),
  );
  if (selection.problem) throw new Response(selection.problem, { status: 400 });
  recordExport(context, request, user);
  return new Response(await read(overviewSources(context.runtime), selection, now), {
    headers: {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": `attachment; filename="tidemark-${selection.range.key}-${file}"`,
      "Cache-Control": "private, no-store",
    },
  });
}
