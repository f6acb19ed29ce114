import { csvHead, csvLine } from "~/platform/csv";
import type { ListedStory } from "./list-editor-stories";

/** The lines of a list as a file: one per story, in the order of the page. */
export async function* storyListCsv(stories: AsyncIterable<ListedStory[]>): AsyncGenerator<string> {
  yield csvHead([
    "story",
    "title",
    "status",
    "chapters",
    "views_counted",
    "views_waiting",
    "views_last_7_days",
    "views_previous_7_days",
    "next_publication_utc",
    "tags",
  ]);
  for await (const part of stories)
    yield part
      .map((story) =>
        csvLine([
          story.slug,
          story.title,
          statusOf(story),
          story.chapters,
          story.counted,
          story.unsynced,
          story.lastWeek,
          story.weekBefore,
          story.next?.at ?? null,
          story.tags.join(", "),
        ]),
      )
      .join("");
}

/** The same as one JSON document; `days` are views per UTC day, the last one today. */
export async function* storyListJson(
  stories: AsyncIterable<ListedStory[]>,
  now: Date,
): AsyncGenerator<string> {
  yield `{"at":${JSON.stringify(now)},"stories":[`;
  let separator = "\n";
  for await (const part of stories) {
    if (!part.length) continue;
    yield separator + part.map(({ id: _id, ...story }) => JSON.stringify(story)).join(",\n");
    separator = ",\n";
  }
  yield "\n]}\n";
}

const statusOf = ({ published }: Pick<ListedStory, "published">) => (published ? "published" : "draft");
