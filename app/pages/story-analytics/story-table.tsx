import { Link } from "@remix-run/react";
import { formatCount, formatNumber } from "~/shared/format";
import { Sparkline } from "~/ui/charts/sparkline";
import { DataTable } from "~/ui/tables/data-table";
import { ChangeFigure } from "./change-figure";

interface Story {
  id: number;
  slug: string;
  title: string;
  published: boolean;
  chapters: number;
  counted: number;
  waiting: number | null;
  lastWeek: number;
  weekBefore: number;
  days: number[];
}

/** The address of a story's numbers. */
export const storyNumbersPath = (slug: string) => `/editor/stories/${encodeURIComponent(slug)}`;

/** An editor's stories: totals, the last week against the one before, and a month of days. */
export function StoryTable({ stories }: { stories: Story[] }) {
  return (
    <DataTable
      caption="Your stories"
      rows={stories}
      keyOf={(story) => story.id}
      empty="Stories that you write or edit appear here with their numbers."
      columns={[
        {
          head: "Story",
          names: true,
          cell: (story) => (
            <>
              <Link to={storyNumbersPath(story.slug)} className="link font-medium">
                {story.title}
              </Link>
              <span className="block text-xs text-ink-muted">
                {formatCount(story.chapters, "chapter")}
                {!story.published && ", a draft"}
              </span>
            </>
          ),
        },
        {
          head: "Views in all",
          numeric: true,
          cell: (story) => (
            <>
              {formatNumber(story.counted + (story.waiting ?? 0))}
              {story.waiting !== 0 && (
                <span className="block text-xs text-ink-muted">
                  {story.waiting === null ? "and what waits" : `${formatNumber(story.waiting)} waiting`}
                </span>
              )}
            </>
          ),
        },
        {
          head: "Last 7 days",
          numeric: true,
          cell: (story) => (
            <>
              {formatNumber(story.lastWeek)}
              <span className="block text-xs text-ink-muted sm:hidden">
                <ChangeFigure now={story.lastWeek} before={story.weekBefore} />
              </span>
            </>
          ),
        },
        {
          head: "7 days before",
          numeric: true,
          wideOnly: true,
          cell: (story) => formatNumber(story.weekBefore),
        },
        {
          head: "Change",
          numeric: true,
          wideOnly: true,
          cell: (story) => <ChangeFigure now={story.lastWeek} before={story.weekBefore} />,
        },
        {
          head: "Views per day, 30 days",
          graphic: true,
          wideOnly: true,
          cell: (story) => <Sparkline values={story.days} unit="views per day" unfinished />,
        },
      ]}
    />
  );
}
