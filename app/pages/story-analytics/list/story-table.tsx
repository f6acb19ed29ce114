import type { SerializeFrom } from "@remix-run/node";
import { Link } from "@remix-run/react";
import { formatCount, formatNumber } from "~/shared/format";
import { storyAnalyticsPath } from "~/shared/story-paths";
import { Sparkline } from "~/ui/charts/sparkline";
import { type Column, DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import { ChangeFigure } from "../change-figure";
import type { ListedStory } from "./list-editor-stories";
import { LIST_ORDERS, type ListOrder, type ListSelection, listSearch, sortedBy } from "./list-selection";

type Story = SerializeFrom<ListedStory>;

interface StoryTableProps {
  stories: Story[];
  selection: ListSelection;
  /** ISO time. */
  now: string;
  empty: string;
}

/** An editor's stories: totals, the last week compared with the week before, what comes next, and the last 30 days. */
export function StoryTable({ stories, selection, now, empty }: StoryTableProps) {
  const ordered = (order: ListOrder): Pick<Column<Story>, "head" | "sorted"> => ({
    head: (
      <Link
        to={listSearch(sortedBy(selection, order)) || "?"}
        preventScrollReset
        className="inline-flex min-h-6 items-center hover:text-ink hover:underline"
      >
        {LIST_ORDERS[order].label}
        {selection.order === order && <span aria-hidden="true">{selection.down ? " ▾" : " ▴"}</span>}
      </Link>
    ),
    sorted: selection.order === order ? (selection.down ? "descending" : "ascending") : undefined,
  });
  return (
    <DataTable
      caption="Your stories"
      rows={stories}
      keyOf={(story) => story.id}
      empty={empty}
      columns={[
        { ...ordered("title"), names: true, cell: (story) => <Name story={story} selection={selection} /> },
        {
          ...ordered("total"),
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
          ...ordered("week"),
          numeric: true,
          cell: (story) => (
            <>
              {formatNumber(story.lastWeek)}
              <span className="block text-xs text-ink-muted sm:hidden">
                <Change story={story} />
              </span>
            </>
          ),
        },
        {
          ...ordered("before"),
          numeric: true,
          wideOnly: true,
          cell: (story) => formatNumber(story.weekBefore),
        },
        { ...ordered("change"), numeric: true, wideOnly: true, cell: (story) => <Change story={story} /> },
        {
          ...ordered("next"),
          wideOnly: true,
          cell: ({ next }) =>
            next ? (
              <>
                <UtcTime at={next.at} now={now} />
                <span className="block text-xs text-ink-muted">
                  {next.chapter === null ? "The story" : `${next.chapter}. ${next.title}`}
                </span>
              </>
            ) : (
              <span className="text-ink-muted">none planned</span>
            ),
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

function Name({ story, selection }: { story: Story; selection: ListSelection }) {
  return (
    <>
      <Link to={storyAnalyticsPath(story.slug)} className="link font-medium">
        {story.title}
      </Link>
      <span className="block text-xs text-ink-muted">
        {formatCount(story.chapters, "chapter")}
        {!story.published && ", draft"}
      </span>
      {story.tags.length > 0 && (
        <span className="flex flex-wrap gap-x-2 text-xs">
          {story.tags.map((tag) => (
            <Link
              key={tag}
              to={listSearch({ ...selection, tag, page: 1 })}
              className="link inline-flex min-h-6 items-center"
              aria-label={`Stories with the tag ${tag}`}
            >
              #{tag}
            </Link>
          ))}
        </span>
      )}
    </>
  );
}

/** A draft that was never read has nothing to compare. */
function Change({ story }: { story: Story }) {
  if (!story.published && story.lastWeek === 0 && story.weekBefore === 0)
    return <span className="text-ink-muted">not published</span>;
  return <ChangeFigure now={story.lastWeek} before={story.weekBefore} />;
}
