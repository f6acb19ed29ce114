import type { AppLoadContext } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import type { SessionUser } from "~/auth/sessions";
import { notFound } from "~/platform/not-found";
import { type EditorStory, findEditorStory } from "./find-editor-story";
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
  const { db, readUnsynced, redisViews } = context.runtime;
  return { editor, sources: { db, readUnsynced, redisEnabled: redisViews !== null } };
}

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
  if (!story) throw noSuchStory();
  return { editor, sources, story };
}

/** Other people's stories get the same 404 as unknown ones: even the slug of a draft may be secret. */
export const noSuchStory = () => notFound("You have no such story.");
