import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { dispatchAction } from "~/console/dispatch-action";
import { requireEditorStory } from "~/pages/story-analytics/require-editor";
import { loadSharePage } from "~/pages/story-analytics/share/load-share-page";
import { shareActions } from "~/pages/story-analytics/share/share-actions";
import { SharePage } from "~/pages/story-analytics/share/share-page";
import { siteOrigin } from "~/platform/site-origin";
import { keepForm } from "~/ui/forms/keep-form";

/** The tags and share links of one of the editor's stories. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const { story, sources } = await requireEditorStory(context, request, params.slug);
  return loadSharePage(sources, story, new Date());
}

export async function action(args: ActionFunctionArgs) {
  const { story } = await requireEditorStory(args.context, args.request, args.params.slug);
  return dispatchAction(
    args,
    "editor.view",
    shareActions({ storyId: story.id, origin: siteOrigin(args.context.runtime.env, args.request) }),
  );
}

export const clientAction = keepForm;

export default function StoryShareRoute() {
  return <SharePage {...useLoaderData<typeof loader>()} />;
}
