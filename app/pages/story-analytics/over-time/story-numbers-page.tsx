import type { SerializeFrom } from "@remix-run/node";
import { useSearchParams } from "@remix-run/react";
import { storyAnalyticsPath } from "~/shared/story-paths";
import { AnnotationKey, AnnotationsProvider } from "~/ui/charts/annotations-context";
import { PanelBoundary } from "~/ui/panel-boundary";
import { useZoneCookie } from "~/ui/time/zone-cookie";
import { useRefresh } from "~/ui/use-refresh";
import { RangeControl } from "../range-control";
import { ChapterPicker } from "./chapter-picker";
import { MarkList } from "./mark-list";
import type { OverTime } from "./read-over-time";
import { ReleaseCurves } from "./release-curves";
import { StoryViewsFigure } from "./story-views-figure";
import { TodayLine } from "./today-line";
import { HABIT_DAYS } from "./week-hours";
import { WeekTable } from "./week-table";

/** New views are in the numbers after a sync: more often would show the same. */
const REFRESH_MS = 30_000;

/** A story's views over time, as a whole or of one chapter. */
export function StoryNumbersPage({
  numbers,
  shared = false,
}: {
  numbers: SerializeFrom<OverTime>;
  /** Shown to people without an account: nothing leads to the editors' pages. */
  shared?: boolean;
}) {
  const { now, story, shown, span, chapters, today, habits, marks, age, releases } = numbers;
  const [search] = useSearchParams();
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
        <TodayLine today={today} unsynced={shown.unsynced} pausedUntil={marks.pausedUntil} now={now} />
        <AnnotationsProvider value={marks.annotations}>
          <StoryViewsFigure numbers={numbers} />
          <AnnotationKey />
        </AnnotationsProvider>
        {habits.best.length > 0 && (
          <p className="figures max-w-[48rem] text-sm">
            {habits.isRecent && `In the last ${HABIT_DAYS} days of this range: `}
            {habits.best.join(" ")}{" "}
            <span className="text-ink-muted">Times of {span.zone.replaceAll("_", " ")}.</span>
          </p>
        )}
        <MarkList annotations={marks.annotations} now={now} />
      </PanelBoundary>
      <PanelBoundary>
        <WeekTable week={habits.week} zone={span.zone} isRecent={habits.isRecent} />
      </PanelBoundary>
      <PanelBoundary>
        <ReleaseCurves age={age} curves={releases} />
      </PanelBoundary>
      {!shared && (
        <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
          {["csv", "json"].map((type) => (
            <a
              key={type}
              href={`${storyAnalyticsPath(story.slug)}/shown.${type}?${search}`}
              className="link"
              download
            >
              What is shown ({type.toUpperCase()})
            </a>
          ))}
          <a href={`${files}.csv`} className="link" download>
            Views by hour (CSV)
          </a>
          <a href={`${files}.json`} className="link" download>
            Views by hour (JSON)
          </a>
        </p>
      )}
    </section>
  );
}
