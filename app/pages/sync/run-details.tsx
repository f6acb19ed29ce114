import { formatCount } from "~/shared/format";
import { DataTable } from "~/ui/tables/data-table";
import { type ShownRun, took } from "./run-table";
import { ShardTable } from "./shard-table";

interface Shard {
  shard: number;
  targets: number;
  views: number;
  orphans: number;
  behind: number;
  error: string | null;
}

/** What one run did, shard by shard, and its errors in full. */
export function RunDetails({ run }: { run: ShownRun & { shards: Shard[] } }) {
  const errors = run.shards.filter((shard) => shard.error !== null);
  return (
    <div className="flex flex-col gap-3">
      <p className="figures text-sm text-ink-muted">
        By {run.trigger}; moved {formatCount(run.views, "view")} of {formatCount(run.targets, "counter")}
        {run.endedAt ? ` in ${took(run.startedAt, run.endedAt)}` : "; it has not ended"}.
      </p>
      {run.shards.length > 0 ? (
        <ShardTable caption={`Shards of run ${run.id}`} rows={run.shards} />
      ) : (
        <p className="text-sm">{run.error ?? "It has not said yet what each shard did."}</p>
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
