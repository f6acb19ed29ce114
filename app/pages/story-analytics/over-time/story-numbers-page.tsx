import type { SerializeFrom } from "@remix-run/node";
import { storyAnalyticsPath } from "~/shared/story-paths";
import { PanelBoundary } from "~/ui/panel-boundary";
import { RangeLinks } from "~/ui/range-links";
import { STORY_RANGES } from "../story-ranges";
import { ChapterPicker } from "./chapter-picker";
import type { StoryNumbers } from "./read-story-numbers";
import { StoryViewsFigure } from "./story-views-figure";

/** A story's views over time, as a whole or of one chapter. */
export function StoryNumbersPage({ numbers }: { numbers: SerializeFrom<StoryNumbers> }) {
  const { story, shown, range, chapters } = numbers;
  const files = `${storyAnalyticsPath(story.slug)}/views`;
  const chapterQuery = shown.chapter === null ? "" : `&chapter=${shown.chapter}`;
  return (
    <section aria-label="Views over time" className="flex flex-col gap-6">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <RangeLinks
          label="Range"
          selected={range.key}
          ranges={STORY_RANGES.map(({ key, label }) => ({ key, label, to: `?range=${key}${chapterQuery}` }))}
        />
        <ChapterPicker chapters={chapters} selected={shown.chapter} range={range.key} />
      </div>
      <PanelBoundary>
        <StoryViewsFigure numbers={numbers} />
      </PanelBoundary>
      <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
        <a href={`${files}.csv`} className="link" download>
          Views by hour (CSV)
        </a>
        <a href={`${files}.json`} className="link" download>
          Views by hour (JSON)
        </a>
      </p>
    </section>
  );
}
