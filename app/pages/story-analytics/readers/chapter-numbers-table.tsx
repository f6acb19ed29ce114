import type { SerializeFrom } from "@remix-run/node";
import { Link } from "@remix-run/react";
import { formatNumber, formatPercent } from "~/shared/format";
import { storyAnalyticsPath } from "~/shared/story-paths";
import { Sparkline } from "~/ui/charts/sparkline";
import { DataTable } from "~/ui/tables/data-table";
import type { StoryChapters } from "./read-chapters";
import { ShareBar } from "./share-bar";

type ChapterNumbersTableProps = Pick<SerializeFrom<StoryChapters>, "story" | "chapters" | "range" | "step">;

/** More bars than this cannot be told apart in a sparkline. */
const MAX_BARS = 60;

/** A story's chapters with their reads, and their retention from the first and the previous chapter. */
export function ChapterNumbersTable({ story, chapters, range, step }: ChapterNumbersTableProps) {
  const tooLong = (chapters[0]?.bars.length ?? 0) > MAX_BARS;
  return (
    <DataTable
      caption="Reader retention by chapter"
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
          head: "Retention from chapter 1",
          numeric: true,
          cell: (chapter) => (chapter.published ? <ShareBar share={chapter.ofFirst} /> : ""),
        },
        {
          head: "From previous chapter",
          numeric: true,
          wideOnly: true,
          cell: (chapter) =>
            chapter.published && chapter.ofPrevious !== null ? formatPercent(chapter.ofPrevious) : "",
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
