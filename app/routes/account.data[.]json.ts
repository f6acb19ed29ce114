import type { LoaderFunctionArgs } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import { exportPerson } from "~/auth/personal-data/export-person";

/** Everything about the signed-in person, as a file. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  const user = await requirePermission(context, request, "account.view");
  const { pools, readerMemory, queue } = context.runtime;
  const data = await exportPerson({ pool: pools.work, memory: readerMemory, queue: queue.queue() }, user.id);
  return new Response(JSON.stringify(data, null, 2), {
    headers: {
      "Content-Type": "application/json; charset=utf-8",
      "Content-Disposition": 'attachment; filename="tidemark-account.json"',
      "Cache-Control": "private, no-store",
    },
  });
}
