import { json, type LoaderFunctionArgs } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import { readObjectives } from "~/pages/objectives/read-objectives";
import { reportJson } from "~/pages/objectives/report-files";

/** The report of the last 30 days, for programs. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "admin.view");
  const { db, settings } = context.runtime;
  const now = new Date();
  const objectives = await readObjectives(db, settings.current().objectives, now);
  return json(reportJson(objectives, now), { headers: { "Cache-Control": "no-store" } });
}
