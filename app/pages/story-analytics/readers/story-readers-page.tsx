import type { SerializeFrom } from "@remix-run/node";
import { formatCount, formatDuration, formatNumber, formatPercent } from "~/shared/format";
import { RangeLinks } from "~/ui/range-links";
import { Section } from "~/ui/section";
import { STORY_RANGES } from "../story-ranges";
import { ChapterNumbersTable } from "./chapter-numbers-table";
import type { StoryChapters } from "./read-chapters";

/** How reads of a story go on from chapter to chapter. */
export function StoryReadersPage(page: SerializeFrom<StoryChapters>) {
  return (
    <>
      <RangeLinks
        label="Range"
        selected={page.range.key}
        ranges={STORY_RANGES.map(({ key, label }) => ({ key, label, to: `?range=${key}` }))}
      />
      <Section title="Reads from chapter to chapter">
        {page.worst && <WorstStep {...page.worst} />}
        <ChapterNumbersTable {...page} />
        <p className="max-w-[48rem] text-xs text-ink-muted">
          Chapters are compared over the first 30 days after their own publication, so that an old chapter has
          no advantage over a new one. A chapter younger than that, and the one that it is compared with, are
          both taken at the younger one's age, up to the last complete hour of the last sync. A share is empty
          where that is less than an hour, or where a chapter was published before the hourly history starts.
          These are reads, not readers: a reader who returns to a chapter after the dedupe window is counted
          again, so a share can exceed 100%.
        </p>
      </Section>
    </>
  );
}

/** The step between two chapters at which the largest share of reads is lost. */
function WorstStep({ number, before, step }: NonNullable<SerializeFrom<StoryChapters>["worst"]>) {
  return (
    <p className="max-w-[48rem] text-sm">
      The largest loss is from chapter {before} to chapter {number}: in the first{" "}
      {formatDuration(step.ageMs / 1000)} of each, chapter {before} had {formatCount(step.baseReads, "read")}{" "}
      and chapter {number} had {formatNumber(step.reads)}, {formatPercent(1 - (step.share ?? 1))} fewer.
    </p>
  );
}
