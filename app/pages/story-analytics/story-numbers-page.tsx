import type { SerializeFrom } from "@remix-run/node";
import { Link } from "@remix-run/react";
import { formatCount } from "~/shared/format";
import { storyAnalyticsPath, storyPath } from "~/shared/story-paths";
import { PanelBoundary } from "~/ui/panel-boundary";
import { PanelView } from "~/ui/panel-view";
import { RangeLinks } from "~/ui/range-links";
import { Section } from "~/ui/section";
import { UtcTime } from "~/ui/time/utc-time";
import { ChapterNumbersTable } from "./chapter-numbers-table";
import { ChapterPicker } from "./chapter-picker";
import { CountedUpTo } from "./counted-up-to";
import { DetailTable } from "./detail-table";
import type { StoryNumbers } from "./read-story-numbers";
import { STORY_RANGES } from "./story-ranges";
import { StoryViewsFigure } from "./story-views-figure";

/** A story's analytics: views over time, reader retention by chapter, and details of visits. */
export function StoryNumbersPage({ numbers }: { numbers: SerializeFrom<StoryNumbers> }) {
  const { story, shown, range, now, asOf, details, chapters, voided } = numbers;
  const files = `${storyAnalyticsPath(story.slug)}/views`;
  const chapterQuery = shown.chapter === null ? "" : `&chapter=${shown.chapter}`;
  return (
    <main className="mx-auto flex max-w-console flex-col gap-10 px-5 pt-8 pb-20 sm:px-8">
      <div className="flex flex-col gap-2">
        <p className="text-sm">
          <Link to="/editor" className="link">
            Your stories
          </Link>
        </p>
        <h1 className="text-xl font-semibold sm:text-2xl">{story.title}</h1>
        <PanelBoundary>
          <CountedUpTo
            counted={shown.counted}
            unsynced={shown.unsynced}
            redisReachable={numbers.redisReachable}
            rememberedAt={numbers.rememberedAt}
            asOf={asOf}
            now={now}
          />
          {voided.map((row) => (
            <p key={row.id} className="figures max-w-[48rem] text-sm">
              An operator left out {formatCount(row.views, "view")} of this story, from{" "}
              <UtcTime at={row.fromHour} now={now} /> to <UtcTime at={row.toHour} now={now} />: {row.reason}
            </p>
          ))}
        </PanelBoundary>
        <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
          <Link to={storyPath(story.slug)} className="link">
            {story.published ? "Read the story" : "Read the draft"}
          </Link>
          <a href={`${files}.csv`} className="link" download>
            Views by hour (CSV)
          </a>
          <a href={`${files}.json`} className="link" download>
            Views by hour (JSON)
          </a>
        </p>
      </div>

      <section aria-label="Views over time" className="flex flex-col gap-6">
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
          <RangeLinks
            label="Range"
            selected={range.key}
            ranges={STORY_RANGES.map(({ key, label }) => ({
              key,
              label,
              to: `?range=${key}${chapterQuery}`,
            }))}
          />
          <ChapterPicker chapters={chapters} selected={shown.chapter} range={range.key} />
        </div>
        <PanelBoundary>
          <StoryViewsFigure numbers={numbers} />
        </PanelBoundary>
      </section>

      <Section title="Reader retention">
        <ChapterNumbersTable chapters={chapters} range={range} step={numbers.step} />
        <p className="max-w-[48rem] text-xs text-ink-muted">
          Retention compares reads of all time, including those waiting to sync. It counts reads, not people:
          a reader who returns to a chapter after the dedupe window is counted again.
        </p>
      </Section>

      <div className="grid gap-10 lg:grid-cols-3">
        <Section title={`Referrers ${range.words}`}>
          <PanelView panel={details}>
            {({ referrer }) => <DetailTable dimension="referrer" rows={referrer} />}
          </PanelView>
        </Section>
        <Section title={`Devices ${range.words}`}>
          <PanelView panel={details}>
            {({ device }) => <DetailTable dimension="device" rows={device} />}
          </PanelView>
        </Section>
        <Section title={`Visits not counted ${range.words}`}>
          <PanelView panel={details}>
            {({ excluded }) => <DetailTable dimension="excluded" rows={excluded} />}
          </PanelView>
        </Section>
      </div>
    </main>
  );
}
