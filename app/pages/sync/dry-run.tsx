import { formatCount, formatNumber } from "~/shared/format";
import { DataTable } from "~/ui/tables/data-table";
import { ShardTable } from "./shard-table";

interface Plan {
  views: number;
  targets: number;
  shards: { shard: number; hours: number; targets: number; views: number }[];
  top: { kind: "story" | "chapter"; id: number; views: number; name: string | null }[];
}

/** What a sync would move now. Nothing has been moved. */
export function DryRun({ plan }: { plan: Plan }) {
  return (
    <div className="flex flex-col gap-4">
      <p className="figures text-sm">
        {plan.views === 0
          ? "Nothing waits: a sync would move nothing."
          : `A sync would move ${formatCount(plan.views, "view")} of ${plan.targets === 1 ? "1 story or chapter" : `${formatNumber(plan.targets)} stories and chapters`}. Nothing has been moved.`}
      </p>
      <ShardTable caption="What each shard would move" rows={plan.shards} />
      {plan.top.length > 0 && (
        <DataTable
          caption="What would move most"
          rows={plan.top}
          keyOf={(row) => `${row.kind}${row.id}`}
          empty=""
          columns={[
            {
              head: plan.targets > plan.top.length ? `The ${plan.top.length} largest` : "Story or chapter",
              names: true,
              cell: (row) =>
                row.name ?? (
                  <span className="text-ink-muted">{`${row.kind} ${row.id}, deleted meanwhile`}</span>
                ),
            },
            { head: "Views", numeric: true, cell: (row) => formatNumber(row.views) },
          ]}
        />
      )}
    </div>
  );
}
