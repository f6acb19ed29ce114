import type { LoaderFunctionArgs } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import { readFirstSteps } from "~/pages/overview/first-steps/read-first-steps";

/** The first steps for an open overview, which asks for them until all are done. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  const user = await requirePermission(context, request, "admin.view");
  return readFirstSteps(context.runtime, user, new Date());
}
