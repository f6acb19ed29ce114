import type { LoadPanel } from "~/console/open-page";
import type { Panel } from "~/shared/panel";
import type { EditorStory } from "../find-editor-story";
import type { StorySources } from "../read-freshness";
import { findFirstHour } from "../read-view-hours";
import { type StoryRange, storySpan } from "../story-ranges";
import { type Detail, type Dimension, readStoryDetails } from "./read-story-details";

export interface StorySourcesPage {
  range: StoryRange;
  /** The views by referrer and device, and the visits not counted by reason. */
  details: Panel<Record<Dimension, Detail[]>>;
}

/** Where a story's views came from over the range. */
export async function readSources(
  { db }: Pick<StorySources, "db">,
  story: EditorStory,
  range: StoryRange,
  now: Date,
  panel: LoadPanel,
): Promise<StorySourcesPage> {
  const firstAt = (await findFirstHour(db, story.id)) ?? story.publishedAt ?? story.createdAt;
  const span = storySpan(range, now.getTime(), firstAt.getTime());
  return { range, details: await panel("This list", readStoryDetails(db, story.id, span)) };
}
