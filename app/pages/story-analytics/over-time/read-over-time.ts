import type { EditorStory } from "../find-editor-story";
import type { StorySources } from "../read-freshness";
import { readHabits } from "./read-habits";
import { readMarks } from "./read-marks";
import { readReleases } from "./read-releases";
import { readStoryNumbers, shownIn } from "./read-story-numbers";
import { readToday } from "./read-today";
import { releaseAge } from "./release-ages";

export type OverTime = Awaited<ReturnType<typeof readOverTime>>;

/** All of the page "Views over time", as its address and the editor's time zone say. */
export async function readOverTime(
  sources: StorySources,
  story: EditorStory,
  search: URLSearchParams,
  zone: string,
  now: Date,
) {
  const { db, redisEnabled } = sources;
  const at = now.getTime();
  const { kind, id } = shownIn(story, search);
  const age = releaseAge(search.get("age"));
  const [numbers, today, releases] = await Promise.all([
    readStoryNumbers(sources, story, search, zone, now),
    readToday(db, kind, id, zone, at),
    readReleases(db, story.id, age, at),
  ]);
  const [habits, marks] = await Promise.all([
    readHabits(db, kind, id, numbers.span, at),
    readMarks(db, story.id, numbers.span, at, redisEnabled),
  ]);
  return { ...numbers, today, habits, marks, age, releases };
}
