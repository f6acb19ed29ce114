import { nameUsers } from "~/platform/people";
import { listSyncRuns } from "~/telemetry/sync-runs";
import type { OverviewPanel } from "../overview-panel";

const ROWS = 10;

/** The latest runs of the sync. */
export const syncRuns: OverviewPanel<Awaited<ReturnType<typeof listSyncRuns>>> = {
  name: "The list of syncs",
  rereadAfter: ["sync"],
  read: async ({ db }) => nameUsers(db, await listSyncRuns(db, ROWS), ["trigger"], "name"),
};
