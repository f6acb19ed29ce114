import { formatNumber } from "~/shared/format";
import { Section } from "~/ui/section";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import type { StoryAccount } from "./story-account-page";

/** What operators did to the story's numbers, and why. */
export function InterventionTables({ account }: { account: StoryAccount }) {
  const { now, voided, repairs } = account;
  return (
    <>
      <Section title="Voided views">
        <DataTable
          caption="Voided views"
          rows={voided}
          keyOf={(row) => row.id}
          empty="No views of it have been voided."
          columns={[
            { head: "When", names: true, cell: (row) => <UtcTime at={row.at} now={now} /> },
            {
              head: "Hours",
              wideOnly: true,
              cell: (row) => (
                <>
                  <UtcTime at={row.fromHour} now={now} /> to <UtcTime at={row.toHour} now={now} />
                </>
              ),
            },
            { head: "Of the story", numeric: true, cell: (row) => formatNumber(row.storyViews) },
            {
              head: "Of chapters",
              numeric: true,
              wideOnly: true,
              cell: (row) => formatNumber(row.chapterViews),
            },
            {
              head: "Why",
              cell: (row) => (
                <>
                  {row.reason}
                  {row.undoneAt && (
                    <span className="block text-xs text-ink-muted">
                      Undone <UtcTime at={row.undoneAt} now={now} />
                    </span>
                  )}
                </>
              ),
            },
          ]}
        />
      </Section>
      <Section title="Repairs">
        <DataTable
          caption="Repairs"
          rows={repairs}
          keyOf={(row) => row.id}
          empty="Its totals have never been repaired."
          columns={[
            { head: "When", names: true, cell: (row) => <UtcTime at={row.at} now={now} /> },
            {
              head: "Total",
              numeric: true,
              cell: (row) =>
                row.before === null || row.after === null
                  ? "only chapters"
                  : `${formatNumber(row.before)} → ${formatNumber(row.after)}`,
            },
            { head: "Why", cell: (row) => row.reason },
          ]}
        />
      </Section>
    </>
  );
}
