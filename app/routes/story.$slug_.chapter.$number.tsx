import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { currentUser } from "~/auth/current-user";
import { viewAction } from "~/ingest/view-action";
import { ChapterPage } from "~/pages/reading/chapter-page";
import { movedOrMissing, movedTo } from "~/pages/reading/find-moved";
import { readChapter } from "~/pages/reading/read-chapter";
import { chapterData } from "~/pages/reading/structured-data";
import { windowMs } from "~/platform/env";
import { publicOrigin } from "~/platform/site-origin";
import { chapterPath, composeSlug } from "~/shared/story-paths";
import { keptPage } from "~/ui/shell/kept-page";
import { pageMeta } from "~/ui/shell/page-meta";
import { rememberedPage } from "~/ui/shell/remembered-page";

export const handle = rememberedPage;

/** Loading a page counts no view: the page sends it once it is visible. */
export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const reader = await currentUser(context, request);
  const { slug, number } = params;
  const found = await readChapter(context.runtime, reader, slug && composeSlug(slug), number);
  if (!found) throw await movedOrMissing(context.runtime, reader, request, { slug, number, what: "chapter" });
  const { chapter } = found;
  if (chapter.story.slug !== slug) throw movedTo(request, chapterPath(chapter.story.slug, chapter.number));
  return { ...found, windowMs: windowMs(context.runtime.env), origin: publicOrigin(context.runtime.env) };
}

/** Counts the view that the page sends once it is visible, and answers with the outcome. */
export const action = ({ request, params, context }: ActionFunctionArgs) =>
  viewAction(context, request, params);

export const headers = keptPage;

export const meta: MetaFunction<typeof loader> = ({ data }) => {
  if (!data) return [];
  const { chapter, origin } = data;
  const { story } = chapter;
  const page = pageMeta({
    title: `${chapter.draft ? "Draft: " : ""}${chapter.title} · ${story.title}, chapter ${chapter.number} · Tidemark`,
    description: chapter.body || `Chapter ${chapter.number} of ${story.title} by ${story.author}.`,
    origin,
    path: chapterPath(story.slug, chapter.number),
    type: "article",
    author: story.author,
    publishedAt: chapter.publishedAt,
    hidden: chapter.draft,
  });
  return [...page, ...chapterData(chapter, origin)];
};

export default function ChapterRoute() {
  const data = useLoaderData<typeof loader>();
  // A page of its own for each chapter: a browser's translator replaces text nodes, and React would go on writing into the old ones.
  return <ChapterPage key={data.chapter.id} {...data} />;
}
