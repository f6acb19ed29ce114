import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import { currentUser } from "~/auth/current-user";
import { viewAction } from "~/ingest/view-action";
import { useArrowKeys } from "~/pages/reading/arrow-keys";
import { ChapterNav } from "~/pages/reading/chapter-nav";
import { DraftNote } from "~/pages/reading/draft-note";
import { chapterPath, storyPath } from "~/pages/reading/paths";
import { Prose } from "~/pages/reading/prose";
import { ReadCount } from "~/pages/reading/read-count";
import { readChapter, siteOrigin } from "~/pages/reading/read-story";
import { useViewBeacon } from "~/pages/reading/view-beacon";
import { Waterline } from "~/pages/reading/waterline";
import { pageMeta } from "~/ui/shell/page-meta";

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const reader = await currentUser(context, request);
  const chapter = await readChapter(context.runtime, reader, params.slug, params.number);
  if (!chapter) throw new Response("There is no such chapter.", { status: 404, statusText: "Not Found" });
  return { chapter, origin: siteOrigin(context, request) };
}

/** Counts the view that the page sends once it is seen, and answers the outcome. */
export const action = ({ request, params, context }: ActionFunctionArgs) =>
  viewAction(context, request, params);

export const meta: MetaFunction<typeof loader> = ({ data }) => {
  if (!data) return [];
  const { chapter, origin } = data;
  const { story } = chapter;
  return pageMeta({
    title: `${chapter.draft ? "Draft: " : ""}${chapter.title} · ${story.title}, chapter ${chapter.number} · Tidemark`,
    description: chapter.body || `Chapter ${chapter.number} of ${story.title} by ${story.author}.`,
    origin,
    path: chapterPath(story.slug, chapter.number),
    type: "article",
    author: story.author,
    publishedAt: chapter.publishedAt,
    hidden: chapter.draft,
  });
};

export default function Chapter() {
  const { chapter } = useLoaderData<typeof loader>();
  const { story, previous, next } = chapter;
  const newer = useViewBeacon();
  useArrowKeys(
    previous && chapterPath(story.slug, previous.number),
    next && chapterPath(story.slug, next.number),
  );
  return (
    <main className="mx-auto max-w-page px-5 pt-8 pb-24 sm:px-8 sm:pt-16">
      {chapter.draft && <DraftNote what="chapter" />}
      <article>
        <header className="mb-10 sm:mb-14">
          <p className="text-sm">
            <Link to={storyPath(story.slug)} className="link">
              {story.title}
            </Link>
            <span className="text-ink-muted"> by {story.author}</span>
          </p>
          <h1 className="mt-4 font-serif text-3xl font-medium tracking-tight sm:text-4xl">{chapter.title}</h1>
          <p className="mt-5 mb-3 flex justify-between gap-4 text-sm text-ink-muted">
            <span className="figures">
              Chapter {chapter.number} of {chapter.of}
            </span>
            <ReadCount count={Math.max(newer ?? 0, chapter.reads)} />
          </p>
          <Waterline at={chapter.number} of={chapter.of} />
        </header>
        <Prose text={chapter.body} />
      </article>
      <ChapterNav slug={story.slug} previous={previous} next={next} />
    </main>
  );
}
