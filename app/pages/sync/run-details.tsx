import type { SerializeFrom } from "@remix-run/node";
import { formatCount } from "~/shared/format";
import { DataTable } from "~/ui/tables/data-table";
import { formatRunTime } from "~/ui/tables/sync-run-table";
import type { listRunsWithShards } from "./list-runs";
import { ShardTable } from "./shard-table";

/** One run, shard by shard, with the full text of its errors. */
export function RunDetails({ run }: { run: SerializeFrom<typeof listRunsWithShards>[number] }) {
  const errors = run.shards.filter((shard) => shard.error !== null);
  return (
    <div className="flex flex-col gap-3">
      <p className="figures text-sm text-ink-muted">
        Trigger: {run.trigger}. Moved {formatCount(run.views, "view")} of{" "}
        {formatCount(run.targets, "counter")}
        {run.endedAt ? ` in ${formatRunTime(run.startedAt, run.endedAt)}` : "; not finished"}.
      </p>
      {run.shards.length > 0 ? (
        <ShardTable caption={`Shards of run ${run.id}`} rows={run.shards} />
      ) : (
        <p className="text-sm">{run.error ?? "No shard has reported yet."}</p>
      )}
      {errors.length > 0 && (
        <DataTable
          caption={`Errors of run ${run.id}`}
          rows={errors}
          keyOf={(row) => row.shard}
          empty=""
          columns={[
            { head: "Shard", names: true, cell: (row) => `v${row.shard}` },
            { head: "Error", cell: (row) => <span className="break-words">{row.error}</span> },
          ]}
        />
      )}
    </div>
  );
}
