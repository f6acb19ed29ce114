import type { LoaderFunctionArgs } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import { storyViewsJson } from "~/pages/story-analytics/export-story-views";
import { findEditorStory } from "~/pages/story-analytics/find-editor-story";
import { readWaiting } from "~/pages/story-analytics/list-editor-stories";
import { download } from "~/platform/csv";
import { findLastGoodSync } from "~/telemetry/sync-runs";
import { targetKey } from "~/tracker/view";

/** Every hour of a story and its chapters as one JSON document, without a cap on rows. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const user = await requirePermission(context, request, "editor.view");
  const { db, readUnsynced, redisViews } = context.runtime;
  const story = await findEditorStory(db, user.id, params.slug ?? "");
  if (!story) throw new Response("You have no such story.", { status: 404 });
  const target = { kind: "story" as const, id: story.id, storyId: story.id };
  const redisEnabled = redisViews !== null;
  const [pending, lastGood] = await Promise.all([
    readWaiting(readUnsynced, redisEnabled, [target]),
    findLastGoodSync(db),
  ]);
  const state = {
    asOf: redisEnabled ? (lastGood?.startedAt ?? null) : new Date(),
    waiting: pending ? (pending.get(targetKey(target)) ?? 0) : null,
  };
  return download(storyViewsJson(db, story, state), `story-${story.id}-views.json`, "application/json");
}
