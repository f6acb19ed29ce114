import type { EditorStory } from "../find-editor-story";
import type { StorySources } from "../read-freshness";
import { listShareLinks } from "./share-links";

/** The tags and the share links of one of the editor's stories. */
export async function loadSharePage({ db }: Pick<StorySources, "db">, story: EditorStory, now: Date) {
  const [tags, links] = await Promise.all([
    db.storyTag.findMany({ where: { storyId: story.id }, orderBy: { tag: "asc" }, select: { tag: true } }),
    listShareLinks(db, story.id),
  ]);
  return {
    now,
    tags: tags.map(({ tag }) => tag),
    links: links.map(({ user, ...link }) => ({ ...link, maker: user.name, expired: link.expiresAt <= now })),
  };
}
