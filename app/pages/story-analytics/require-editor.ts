import { type AppLoadContext, redirect } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import type { SessionUser } from "~/auth/sessions";
import { notFound } from "~/platform/not-found";
import { composeSlug, storyAnalyticsPath } from "~/shared/story-paths";
import { type EditorStory, findEditorStory, storiesOf } from "./find-editor-story";
import type { StorySources } from "./read-freshness";

interface EditorRequest {
  editor: SessionUser;
  sources: StorySources;
}

/**
 * The editor behind a request, and the sources of their pages.
 * @throws a redirect to the log-in for signed-out people, a 403 for readers and operators.
 */
export async function requireEditor(context: AppLoadContext, request: Request): Promise<EditorRequest> {
  const editor = await requirePermission(context, request, "editor.view");
  return { editor, sources: storySources(context.runtime) };
}

/** The sources of editors' pages, from the runtime of this process. */
export const storySources = ({
  db,
  readUnsynced,
  redisViews,
  settings,
}: AppLoadContext["runtime"]): StorySources => ({
  db,
  readUnsynced,
  redisEnabled: redisViews !== null,
  sync: settings.current().sync,
});

/**
 * The same, with one of the editor's stories.
 * @throws also a 404 for an unknown slug or another person's story.
 */
export async function requireEditorStory(
  context: AppLoadContext,
  request: Request,
  slug: string | undefined,
): Promise<EditorRequest & { story: EditorStory }> {
  const { editor, sources } = await requireEditor(context, request);
  const story = await findEditorStory(sources.db, editor.id, slug ?? "");
  if (!story) throw await movedOrNotYours(sources, editor, request, slug);
  return { editor, sources, story };
}

/**
 * The answer to a request for a story that the editor does not have: a redirect if it is the former slug of one of theirs. Other
 * people's stories get the same 404 as unknown ones: even the slug of a draft may be secret.
 */
export async function movedOrNotYours(
  { db }: Pick<StorySources, "db">,
  editor: Pick<SessionUser, "id">,
  request: Request,
  slug = "",
): Promise<Response> {
  const asked = composeSlug(slug);
  const story = await db.story.findFirst({
    where: { OR: [{ slug: asked }, { formerSlugs: { some: { slug: asked } } }], AND: storiesOf(editor.id) },
    select: { slug: true },
  });
  if (!story || story.slug === slug) return notFound("You have no such story.");
  const { pathname, search } = new URL(request.url);
  // What follows the slug names a page or a file of the story.
  const rest = pathname.split("/").slice(4);
  return redirect([storyAnalyticsPath(story.slug), ...rest].join("/") + search);
}
