import type { DrillCheck } from "~/alerts/drills/read-drills";
import { DataTable } from "~/ui/tables/data-table";

const WORDS = { yes: "Yes", "not yet": "Not yet", no: "No" } as const;

/** The checks of a drill, one step per row. */
export function DrillChecks({ checks, caption }: { checks: DrillCheck[]; caption: string }) {
  return (
    <DataTable
      caption={caption}
      rows={checks}
      keyOf={(row) => row.step}
      empty=""
      columns={[
        { head: "Step", names: true, cell: (row) => <span className="whitespace-nowrap">{row.step}</span> },
        {
          head: "Result",
          cell: (row) => (
            <span
              className={row.happened === "yes" ? "whitespace-nowrap" : "whitespace-nowrap text-ink-muted"}
            >
              {WORDS[row.happened]}
            </span>
          ),
        },
        { head: "Time or reason", cell: (row) => row.message },
      ]}
    />
  );
}
