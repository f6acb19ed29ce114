import type { SerializeFrom } from "@remix-run/node";
import { Link } from "@remix-run/react";
import { formatCount, formatNumber } from "~/shared/format";
import { storyAccountPath } from "~/shared/story-paths";
import { DataTable } from "~/ui/tables/data-table";
import type { namePlan } from "./name-plan";
import { ShardTable } from "./shard-table";

/** The views that a sync would move now. None have been moved. */
export function DryRun({ plan }: { plan: SerializeFrom<typeof namePlan> }) {
  return (
    <div className="flex flex-col gap-4">
      <p className="figures text-sm">
        {plan.views === 0
          ? "None waiting: a sync would move no views."
          : `A sync would move ${formatCount(plan.views, "view")} of ${plan.targets === 1 ? "1 story or chapter" : `${formatNumber(plan.targets)} stories and chapters`}. None have been moved.`}
      </p>
      <ShardTable caption="Moves by shard" rows={plan.shards} />
      {plan.top.length > 0 && (
        <DataTable
          caption="Largest moves"
          rows={plan.top}
          keyOf={(row) => `${row.kind}${row.id}`}
          empty=""
          columns={[
            {
              head: plan.targets > plan.top.length ? `The ${plan.top.length} largest` : "Story or chapter",
              names: true,
              cell: (row) =>
                row.target ? (
                  <Link to={storyAccountPath(row.target.slug)} className="link">
                    {row.target.name}
                  </Link>
                ) : (
                  <span className="text-ink-muted">{`${row.kind} ${row.id}, deleted since`}</span>
                ),
            },
            { head: "Views", numeric: true, cell: (row) => formatNumber(row.views) },
          ]}
        />
      )}
    </div>
  );
}
