import type { EditorStory } from "../find-editor-story";
import type { StorySources } from "../read-freshness";

/** The tags of one of the editor's stories. */
export async function loadSharePage({ db }: Pick<StorySources, "db">, story: EditorStory, now: Date) {
  const tags = await db.storyTag.findMany({
    where: { storyId: story.id },
    orderBy: { tag: "asc" },
    select: { tag: true },
  });
  return { now, tags: tags.map(({ tag }) => tag) };
}
