import { useLoaderData } from "@remix-run/react";
import { formatBytes } from "~/shared/bytes";
import { formatCount, formatNumber } from "~/shared/format";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { ActionProvider } from "~/ui/forms/action-provider";
import { PanelView } from "~/ui/panel-view";
import { Section } from "~/ui/section";
import { FreshMain } from "~/ui/shell/freshness";
import { StatStrip } from "~/ui/stat-strip";
import { UtcTime } from "~/ui/time/utc-time";
import { useRefresh } from "~/ui/use-refresh";
import { type Archive, type ArchiveData, describeArchive, nameMonth } from "./describe-archive";
import { ArchiveAgain, FileTable } from "./file-table";
import type { loadArchivePage } from "./load-archive-page";
import { RetentionControl } from "./retention-control";

const REFRESH_MS = 5000;

/** The archive of old rows of views: how far it is, what it refused, its files; and how long other rows stay. */
export function ArchivePage() {
  const data = useLoaderData<typeof loadArchivePage>();
  useRefresh(REFRESH_MS);
  return (
    <FreshMain readAt={data.now} withinMs={4 * REFRESH_MS}>
      <ActionProvider>
        <PanelView panel={data.archive}>
          {(archive) => <ArchiveParts data={data} archive={archive} />}
        </PanelView>
        <Section title="How long rows stay">
          <p className="max-w-[48rem] text-sm text-ink-muted">
            Housekeeping deletes older rows every ten minutes. What other tables are bounded by is in the
            documentation, under “Which tables grow, and how far”.
          </p>
          <RetentionControl retention={data.retention} mayChange={data.mayChange} />
        </Section>
      </ActionProvider>
    </FreshMain>
  );
}

function ArchiveParts({ data, archive }: { data: ArchiveData; archive: Archive }) {
  const { title, text } = describeArchive(data, archive);
  const { round } = archive;
  const refused = new Set(round?.refused.map(({ month }) => month));
  // A refused month is named above them, with the reason.
  const files = archive.files.filter(({ state, month }) => state !== "writing" || !refused.has(month));
  return (
    <>
      <div className="flex flex-col gap-6">
        <div className="flex flex-col gap-2">
          <h1 className="figures text-xl font-semibold sm:text-2xl">{title}</h1>
          <p className="max-w-[48rem] text-base break-words">{text}</p>
        </div>
        {round && <Stats data={data} archive={archive} />}
        {round?.place && data.mayChange && <PauseControl data={data} />}
      </div>
      {round && round.refused.length > 0 && (
        <Section title="Months that stay in the tables">
          <ul className="flex flex-col gap-2 text-sm">
            {round.refused.map(({ month, why }) => (
              <li key={month} className="max-w-[48rem] border-l-2 border-edge pl-3 break-words">
                <span className="font-medium">{nameMonth(month)}</span>: {why}
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="Archived months">
        <FileTable files={files} now={data.now} />
        {files.length > 0 && (
          <p className="max-w-[48rem] text-sm text-ink-muted">
            <code>npm run restore -- {files.find(({ state }) => state === "archived")?.file ?? "FILE"}</code>{" "}
            brings a month back into the tables; with <code>--dry-run</code>, it only checks the file.
          </p>
        )}
        {data.mayChange && <ArchiveAgain files={files} />}
      </Section>
    </>
  );
}

function Stats({ data, archive: { round, total } }: { data: ArchiveData; archive: Archive }) {
  if (!round) return null;
  return (
    <StatStrip
      stats={[
        { name: "Files", value: formatNumber(total.files), note: round.place ?? "no place is configured" },
        {
          name: "Rows in them",
          value: formatNumber(total.rows),
          note: `${formatBytes(total.bytes)}, compressed`,
        },
        {
          name: "Due at the last round",
          value: formatCount(round.dueMonths, "month"),
          note: formatCount(round.dueRows, "row"),
        },
        {
          name: "Last complete round",
          value: round.finishedAt ? <UtcTime at={round.finishedAt} now={data.now} /> : "None yet",
          note: round.errorAt ? (
            <>
              the last one failed at <UtcTime at={round.errorAt} now={data.now} />
            </>
          ) : (
            "a round every ten minutes"
          ),
        },
      ]}
    />
  );
}

const PauseControl = ({ data: { paused } }: { data: ArchiveData }) => (
  <ActionDisclosure
    name={paused ? "Resume" : "Pause"}
    state={paused ? "paused" : "not paused"}
    forms={{ intents: ["pause-archive", "resume-archive"] }}
  >
    {paused ? (
      <ActionForm intent="resume-archive" button="Resume the archive" reason />
    ) : (
      <>
        <p className="max-w-measure text-sm">
          The worker stops after the rows that it is at. Nothing is lost or undone, and it stays paused until
          someone resumes it.
        </p>
        <ActionForm intent="pause-archive" button="Pause the archive" reason />
      </>
    )}
  </ActionDisclosure>
);
