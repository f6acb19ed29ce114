import type { ClientBase } from "pg";
import { DEMO_UNTIL } from "../../../app/platform/demo-until";
import { actorName } from "../../../app/platform/people";
import type { ViewRow } from "../rows";
import { insertAudit } from "./audit";
import { insertFallbackRows } from "./fallback-rows";
import { insertIncidents } from "./incidents";
import type { Recorded } from "./record";
import { insertModeChanges, insertSamples } from "./samples";
import { insertSyncs } from "./syncs";

/**
 * Writes what a site that has counted these views for 90 days knows about itself: samples, where its processes counted, syncs, the
 * ledger, alerts, drills and the audit; and until when all of it is the demo's.
 */
export async function insertOperations(
  client: ClientBase,
  recorded: Recorded,
  { operatorId, views }: { operatorId: number; views: { story: ViewRow[]; chapter: ViewRow[] } },
) {
  const { timeline } = recorded;
  const operator = actorName({ id: operatorId, email: "" });
  await insertSamples(client, recorded);
  await insertModeChanges(client, recorded, (away) => {
    const drill = timeline.drills.indexOf(away) + 1;
    return drill === 0
      ? { reason: "no answer within 150 ms", back: "Redis answers again" }
      : {
          reason: `drill ${drill}: a rehearsed outage, started by ${operator}`,
          back: `drill ${drill} ended`,
        };
  });
  const retracted = await insertFallbackRows(client, timeline, views);
  const failedRun = await insertSyncs(client, recorded, { operator, retracted });
  const alerts = await insertIncidents(client, timeline, {
    operator,
    viewsIn: ({ from, to }) =>
      recorded.fallbackAt
        .filter(({ at }) => at >= from && at < to)
        .reduce((sum, { views: counted }) => sum + counted, 0),
  });
  await insertAudit(client, timeline, { operator: { id: operatorId, name: operator }, alerts, failedRun });
  await client.query(`INSERT INTO "Setting" (key, value) VALUES ($1, $2)`, [
    DEMO_UNTIL,
    JSON.stringify(new Date(timeline.to).toISOString()),
  ]);
}
