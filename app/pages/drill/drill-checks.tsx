import { DataTable } from "~/ui/tables/data-table";

interface Proof {
  what: string;
  came: "yes" | "not yet" | "no";
  says: string;
}

const WORDS = { yes: "Yes", "not yet": "Not yet", no: "No" } as const;

/** What a drill proves, step by step. */
export function DrillChecks({ proofs, caption }: { proofs: Proof[]; caption: string }) {
  return (
    <DataTable
      caption={caption}
      rows={proofs}
      keyOf={(row) => row.what}
      empty=""
      columns={[
        { head: "Step", names: true, cell: (row) => <span className="whitespace-nowrap">{row.what}</span> },
        {
          head: "Came",
          cell: (row) => (
            <span className={row.came === "yes" ? "whitespace-nowrap" : "whitespace-nowrap text-ink-muted"}>
              {WORDS[row.came]}
            </span>
          ),
        },
        { head: "When, or why not", cell: (row) => row.says },
      ]}
    />
  );
}
