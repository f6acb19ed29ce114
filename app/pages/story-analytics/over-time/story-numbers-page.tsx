import type { SerializeFrom } from "@remix-run/node";
import { storyAnalyticsPath } from "~/shared/story-paths";
import { PanelBoundary } from "~/ui/panel-boundary";
import { useZoneCookie } from "~/ui/time/zone-cookie";
import { useRefresh } from "~/ui/use-refresh";
import { RangeControl } from "../range-control";
import { ChapterPicker } from "./chapter-picker";
import type { StoryNumbers } from "./read-story-numbers";
import { StoryViewsFigure } from "./story-views-figure";

/** New views are in the numbers after a sync: more often would show the same. */
const REFRESH_MS = 30_000;

/** A story's views over time, as a whole or of one chapter. */
export function StoryNumbersPage({ numbers }: { numbers: SerializeFrom<StoryNumbers> }) {
  const { story, shown, span, chapters } = numbers;
  useZoneCookie(span.zone);
  useRefresh(REFRESH_MS);
  const files = `${storyAnalyticsPath(story.slug)}/views`;
  return (
    <section aria-label="Views over time" className="flex flex-col gap-6">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <RangeControl span={span} />
        <ChapterPicker chapters={chapters} selected={shown.chapter} />
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
