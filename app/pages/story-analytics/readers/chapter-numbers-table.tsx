import type { SerializeFrom } from "@remix-run/node";
import { Link } from "@remix-run/react";
import { formatDuration, formatNumber } from "~/shared/format";
import { storyAnalyticsPath } from "~/shared/story-paths";
import { Sparkline } from "~/ui/charts/sparkline";
import { DataTable } from "~/ui/tables/data-table";
import type { StoryChapters } from "./read-chapters";
import { COMPARED_MS, type SameAgeReads } from "./same-age";
import { ShareBar } from "./share-bar";

type ChapterNumbersTableProps = Pick<
  SerializeFrom<StoryChapters>,
  "story" | "chapters" | "range" | "step" | "worst"
>;

/** More bars than this cannot be told apart in a sparkline. */
const MAX_BARS = 60;

/** A story's chapters with their reads, and how these compare at the same age with the chapter before and with chapter 1. */
export function ChapterNumbersTable({ story, chapters, range, step, worst }: ChapterNumbersTableProps) {
  const tooLong = (chapters[0]?.bars.length ?? 0) > MAX_BARS;
  return (
    <DataTable
      caption="Reads by chapter, compared at the same age"
      rows={chapters}
      keyOf={(chapter) => chapter.number}
      empty="This story has no chapters yet."
      columns={[
        {
          head: "Chapter",
          names: true,
          cell: (chapter) => (
            <>
              <Link
                to={`${storyAnalyticsPath(story.slug)}?range=${range.key}&chapter=${chapter.number}`}
                className="link"
              >
                {chapter.number}. {chapter.title}
              </Link>
              {!chapter.published && <span className="text-ink-muted"> (draft)</span>}
            </>
          ),
        },
        {
          head: "Total reads",
          numeric: true,
          cell: (chapter) => (
            <>
              {formatNumber(chapter.counted + (chapter.unsynced ?? 0))}
              {chapter.unsynced ? (
                <span className="block text-xs text-ink-muted">
                  {formatNumber(chapter.unsynced)} waiting to sync
                </span>
              ) : null}
            </>
          ),
        },
        {
          head: "Reads in its first 30 days",
          numeric: true,
          wideOnly: true,
          cell: ({ steps }) => steps?.own && <Reads reads={steps.own.reads} ageMs={steps.own.ageMs} />,
        },
        {
          head: "Reads as a share of the chapter before's, at the same age",
          numeric: true,
          cell: (chapter) => (
            <>
              <Share step={chapter.steps?.ofPrevious} />
              {chapter.number === worst?.number && <strong className="block text-xs">largest loss</strong>}
            </>
          ),
        },
        {
          head: "Reads as a share of chapter 1's, at the same age",
          numeric: true,
          wideOnly: true,
          cell: ({ steps }) => <Share step={steps?.ofFirst} />,
        },
        {
          head: `Reads ${range.words}`,
          numeric: true,
          wideOnly: true,
          cell: (chapter) => formatNumber(chapter.inRange),
        },
        {
          head: tooLong ? `Reads per ${step}, last ${MAX_BARS}` : `Reads per ${step}`,
          graphic: true,
          wideOnly: true,
          cell: (chapter) => (
            <Sparkline values={chapter.bars.slice(-MAX_BARS)} unit={`reads per ${step}`} unfinished />
          ),
        },
      ]}
    />
  );
}

/** A number of reads, with the age up to which they were counted unless that is all of 30 days. */
function Reads({ reads, ageMs }: { reads: number; ageMs: number }) {
  return (
    <>
      {formatNumber(reads)}
      <Age ageMs={ageMs} />
    </>
  );
}

function Share({ step }: { step: SameAgeReads | null | undefined }) {
  if (!step) return "";
  return (
    <>
      <ShareBar share={step.share} />
      <Age ageMs={step.ageMs} />
    </>
  );
}

function Age({ ageMs }: { ageMs: number }) {
  if (ageMs >= COMPARED_MS) return null;
  return <span className="block text-xs text-ink-muted">first {formatDuration(ageMs / 1000)}</span>;
}
