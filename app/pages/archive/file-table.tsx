import { formatBytes } from "~/shared/bytes";
import { formatNumber } from "~/shared/format";
import { lookUp } from "~/shared/look-up";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import { describeProgress, FILE_STATES, type FileRow, nameMonth } from "./describe-archive";

/** Where a checksum is shortened on screen; its title has all of it. */
const SHOWN_DIGITS = 12;

/** The files of the archive, newest month first. */
export function FileTable({ files, now }: { files: FileRow[]; now: string }) {
  return (
    <DataTable
      caption="Archived months"
      rows={files}
      keyOf={(row) => row.file}
      empty="Nothing has been archived yet."
      columns={[
        {
          head: "Month",
          names: true,
          cell: (row) => (
            <>
              <span className="font-medium">{nameMonth(row.month)}</span>
              <span className="block text-xs break-all text-ink-muted">{row.file}</span>
            </>
          ),
        },
        {
          head: "State",
          cell: (row) => (
            <>
              {lookUp(FILE_STATES, row.state) ?? row.state}
              <span className="block text-xs text-ink-muted">
                {describeProgress(row) ?? (
                  <UtcTime at={row.restoredAt ?? row.archivedAt ?? row.updatedAt} now={now} />
                )}
              </span>
            </>
          ),
        },
        { head: "Rows", numeric: true, cell: (row) => formatNumber(row.rows) },
        { head: "Counted views", numeric: true, wideOnly: true, cell: (row) => formatNumber(row.views) },
        { head: "Size", numeric: true, cell: (row) => formatBytes(row.bytes) },
        {
          head: "SHA-256",
          wideOnly: true,
          cell: (row) =>
            row.sha256 ? (
              <abbr title={row.sha256} className="font-mono text-xs no-underline">
                {row.sha256.slice(0, SHOWN_DIGITS)}…
              </abbr>
            ) : (
              "–"
            ),
        },
      ]}
    />
  );
}

/** For each restored month, the form that lets its rows leave again; its answer stays until they have. */
export const ArchiveAgain = ({ files }: { files: FileRow[] }) => (
  <div>
    {files
      .filter(
        ({ state, restoredAt }) => state === "restored" || (state === "deleting" && restoredAt !== null),
      )
      .map(({ file, month, state }) => (
        <ActionDisclosure
          key={file}
          name={`Let ${nameMonth(month)} leave again`}
          state={state === "restored" ? "in the tables" : "leaving"}
          forms={{ intents: ["archive-again"], id: file }}
        >
          {state === "restored" && (
            <ActionForm
              intent="archive-again"
              id={file}
              button={`Archive ${nameMonth(month)} again`}
              reason
              quiet
            />
          )}
        </ActionDisclosure>
      ))}
  </div>
);
