import type { SerializeFrom } from "@remix-run/node";
import { RangeLinks } from "~/ui/range-links";
import { Section } from "~/ui/section";
import { STORY_RANGES } from "../story-ranges";
import { ChapterNumbersTable } from "./chapter-numbers-table";
import type { StoryChapters } from "./read-chapters";

/** How far readers of a story come, chapter by chapter. */
export function StoryReadersPage(page: SerializeFrom<StoryChapters>) {
  return (
    <>
      <RangeLinks
        label="Range"
        selected={page.range.key}
        ranges={STORY_RANGES.map(({ key, label }) => ({ key, label, to: `?range=${key}` }))}
      />
      <Section title="Reader retention">
        <ChapterNumbersTable {...page} />
        <p className="max-w-[48rem] text-xs text-ink-muted">
          Retention compares reads of all time, including those waiting to sync. It counts reads, not people:
          a reader who returns to a chapter after the dedupe window is counted again.
        </p>
      </Section>
    </>
  );
}
