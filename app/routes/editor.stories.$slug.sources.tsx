import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { panelLoader } from "~/console/open-page";
import { requireEditorStory } from "~/pages/story-analytics/require-editor";
import { parseFilter, readSources } from "~/pages/story-analytics/sources/read-story-sources";
import { readSpamList } from "~/pages/story-analytics/sources/spam-list";
import { StorySourcesPage } from "~/pages/story-analytics/sources/story-sources-page";
import { storyRange } from "~/pages/story-analytics/story-ranges";

/** Where the views of one of the editor's stories came from, within the range and the filter of the address. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const { story, sources } = await requireEditorStory(context, request, params.slug);
  const search = new URL(request.url).searchParams;
  const selection = { range: storyRange(search.get("range")), filter: parseFilter(search) };
  const file = context.runtime.env.REFERRER_SPAM_FILE;
  const spamList = await readSpamList(file);
  if (!spamList.ok)
    context.log.error(
      { file, error: spamList.error.message },
      "REFERRER_SPAM_FILE could not be read: no site is left out as referrer spam. Make the file readable, or unset it.",
    );
  return readSources(
    { ...sources, spamList },
    story,
    selection,
    new Date(),
    panelLoader({ context, request }),
  );
}

export default function StorySourcesRoute() {
  return <StorySourcesPage {...useLoaderData<typeof loader>()} />;
}
