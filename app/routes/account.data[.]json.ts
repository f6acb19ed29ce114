import type { LoaderFunctionArgs } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import { exportPerson } from "~/auth/personal-data/export-person";
import { recordExport } from "~/auth/record-export";
import { createGate, TooBusy } from "~/platform/gate";

/** A download walks through all of Redis's memory: one at a time per process, and few that wait. */
const gate = createGate({ atOnce: 1, waiting: 3 });

/** Everything about the signed-in person, as a file. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  const user = await requirePermission(context, request, "account.view");
  const { pools, readerMemory, queue } = context.runtime;
  const stores = { pool: pools.work, memory: readerMemory, queue: queue.queue() };
  let data: object | null;
  try {
    data = await gate.run(() => exportPerson(stores, user.id));
  } catch (error) {
    if (!(error instanceof TooBusy)) throw error;
    return new Response("Other people are downloading their data at this moment. Try again in a minute.", {
      status: 503,
      headers: { "Content-Type": "text/plain; charset=utf-8", "Retry-After": "60" },
    });
  }
  recordExport(context, request, user);
  return new Response(JSON.stringify(data, null, 2), {
    headers: {
      "Content-Type": "application/json; charset=utf-8",
      "Content-Disposition": 'attachment; filename="tidemark-account.json"',
      "Cache-Control": "private, no-store",
    },
  });
}
