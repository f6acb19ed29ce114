import type { SerializeFrom } from "@remix-run/node";
import { formatCount } from "~/shared/format";
import { PanelBoundary } from "~/ui/panel-boundary";
import { CountedUpTo } from "../counted-up-to";
import type { EditorStories, ListedStory } from "./list-editor-stories";
import { StoryTable } from "./story-table";

/** An editor's home: all their stories, and how they did in the last week. */
export function EditorStoriesPage(page: SerializeFrom<EditorStories>) {
  const { stories, redisReachable, rememberedAt, now, asOf } = page;
  const sum = (views: (story: ListedStory) => number) =>
    stories.reduce((total, story) => total + views(story), 0);
  const lastWeek = formatCount(
    sum((story) => story.lastWeek),
    "time",
  );
  return (
    <main className="mx-auto flex max-w-console flex-col gap-8 px-5 pt-8 pb-20 sm:px-8">
      <div className="flex flex-col gap-2">
        <h1 className="figures text-xl font-semibold sm:text-2xl">
          {stories.length === 0
            ? "You have no stories yet"
            : `Your ${stories.length === 1 ? "story was" : `${stories.length} stories were`} viewed ${lastWeek} in the last 7 days`}
        </h1>
        {stories.length > 0 && (
          <PanelBoundary>
            <CountedUpTo
              counted={sum((story) => story.counted)}
              unsynced={
                stories.every(({ unsynced }) => unsynced === null)
                  ? null
                  : sum((story) => story.unsynced ?? 0)
              }
              redisReachable={redisReachable}
              rememberedAt={rememberedAt}
              asOf={asOf}
              now={now}
            />
          </PanelBoundary>
        )}
      </div>
      <PanelBoundary>
        <StoryTable stories={stories} />
      </PanelBoundary>
      {stories.length > 0 && (
        <p className="max-w-[48rem] text-xs text-ink-muted">
          A reader who returns after the dedupe window is counted again; robots, your own visits and drafts
          are not counted. The last 7 days are the last 168 hours, compared with the 168 hours before, so that
          weekdays match. Each bar is a UTC day; today’s is paler because it is not over.
        </p>
      )}
    </main>
  );
}
