import { Link } from "@remix-run/react";
import { formatCount, formatNumber } from "~/shared/format";
import { storyAnalyticsPath } from "~/shared/story-paths";
import { Sparkline } from "~/ui/charts/sparkline";
import { DataTable } from "~/ui/tables/data-table";
import { ChangeFigure } from "../change-figure";
import type { ListedStory } from "./list-editor-stories";

/** An editor's stories: total views, the last week compared with the week before, and the last 30 days. */
export function StoryTable({ stories }: { stories: ListedStory[] }) {
  return (
    <DataTable
      caption="Your stories"
      rows={stories}
      keyOf={(story) => story.id}
      empty="Stories that you write or edit will appear here with their views."
      columns={[
        {
          head: "Story",
          names: true,
          cell: (story) => (
            <>
              <Link to={storyAnalyticsPath(story.slug)} className="link font-medium">
                {story.title}
              </Link>
              <span className="block text-xs text-ink-muted">
                {formatCount(story.chapters, "chapter")}
                {!story.published && ", draft"}
              </span>
            </>
          ),
        },
        {
          head: "Total views",
          numeric: true,
          cell: (story) => (
            <>
              {formatNumber(story.counted + (story.unsynced ?? 0))}
              {story.unsynced ? (
                <span className="block text-xs text-ink-muted">
                  {formatNumber(story.unsynced)} waiting to sync
                </span>
              ) : null}
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
          head: "Previous 7 days",
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
