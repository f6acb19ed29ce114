import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import { currentUser } from "~/auth/current-user";
import { viewAction } from "~/ingest/view-action";
import { DraftNote } from "~/pages/reading/draft-note";
import { chapterPath, storyPath } from "~/pages/reading/paths";
import { ReadCount } from "~/pages/reading/read-count";
import { type ChapterEntry, readStory, type StoryPage, siteOrigin } from "~/pages/reading/read-story";
import { RelativeTime } from "~/pages/reading/relative-time";
import { useViewBeacon } from "~/pages/reading/view-beacon";
import { formatCount } from "~/shared/format";
import { pageMeta } from "~/ui/shell/page-meta";

/** The page itself: what it costs to look at it is one read of Postgres and one of Redis. It counts nothing. */
export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const reader = await currentUser(context, request);
  const story = await readStory(context.runtime, reader, params.slug);
  if (!story) throw new Response("There is no such story.", { status: 404, statusText: "Not Found" });
  return {
    story,
    reader: reader && { name: reader.name, role: reader.role },
    origin: siteOrigin(context, request),
  };
}

/** Counts the view that the page sends once it is seen, and answers the outcome. */
export const action = ({ request, params, context }: ActionFunctionArgs) =>
  viewAction(context, request, params);

export const meta: MetaFunction<typeof loader> = ({ data }) => {
  if (!data) return [];
  const { story, origin } = data;
  return pageMeta({
    title: `${story.draft ? "Draft: " : ""}${story.title} by ${story.author} · Tidemark`,
    description: story.blurb || `${story.title}, a serial by ${story.author}.`,
    origin,
    path: storyPath(story.slug),
    type: "book",
    author: story.author,
    hidden: story.draft,
  });
};

export default function Story() {
  const { story, reader } = useLoaderData<typeof loader>();
  const newer = useViewBeacon();
  return (
    <main className="mx-auto max-w-page px-5 pt-8 pb-24 sm:px-8 sm:pt-16">
      {story.draft && <DraftNote what="story" />}
      <header>
        {story.genre && <p className="text-sm text-ink-muted">{story.genre}</p>}
        <h1 className="mt-2 font-serif text-3xl font-medium tracking-tight sm:text-4xl">{story.title}</h1>
        <p className="mt-3 text-base">by {story.author}</p>
        {story.blurb && <p className="mt-6 max-w-measure font-serif text-read text-pretty">{story.blurb}</p>}
        <p className="mt-6 text-sm text-ink-muted">
          <ReadCount count={Math.max(newer ?? 0, story.reads)} />
          {story.chapters.length > 0 && <> · {formatCount(story.chapters.length, "chapter")}</>}
          {story.isAuthor && reader?.role === "EDITOR" && (
            <>
              {" · "}
              <Link className="link" to={`/editor/stories/${encodeURIComponent(story.slug)}`}>
                Its numbers
              </Link>
            </>
          )}
        </p>
      </header>
      <WhereToBegin story={story} name={reader?.name ?? null} />
      {story.chapters.length > 0 && <Contents story={story} />}
    </main>
  );
}

function WhereToBegin({ story, name }: { story: StoryPage; name: string | null }) {
  const first = story.chapters[0];
  if (!first) return null;
  const { stoppedAt } = story;
  if (name && stoppedAt)
    return (
      <div className="mt-10 flex flex-wrap items-center justify-between gap-x-8 gap-y-4 border-y border-line py-5">
        <p className="font-serif text-read">
          Welcome back, {name}: you stopped at chapter {stoppedAt.number}
          <span className="text-ink-muted">, {stoppedAt.title}</span>
        </p>
        <Link to={chapterPath(story.slug, stoppedAt.number)} className="button">
          Continue with chapter {stoppedAt.number}
        </Link>
      </div>
    );
  return (
    <p className="mt-8">
      <Link to={chapterPath(story.slug, first.number)} className="button">
        Begin with chapter {first.number}
      </Link>
    </p>
  );
}

function Contents({ story }: { story: StoryPage }) {
  return (
    <section aria-labelledby="contents" className="mt-14">
      <h2 id="contents" className="border-b border-ink pb-2 text-sm font-medium">
        Chapters
      </h2>
      <ol>
        {story.chapters.map((chapter) => (
          <Line
            key={chapter.id}
            slug={story.slug}
            chapter={chapter}
            stopped={story.stoppedAt?.number === chapter.number}
          />
        ))}
      </ol>
    </section>
  );
}

function Line({ slug, chapter, stopped }: { slug: string; chapter: ChapterEntry; stopped: boolean }) {
  return (
    <li className="border-b border-line">
      <Link
        to={chapterPath(slug, chapter.number)}
        className="group grid grid-cols-[1.75rem_1fr] items-baseline gap-x-3 py-3.5 sm:grid-cols-[1.75rem_1fr_auto_6.5rem]"
      >
        <span className="figures text-sm text-ink-muted">{chapter.number}</span>
        <span className="font-serif text-read leading-snug group-hover:underline">
          {chapter.title}
          {chapter.draft && (
            <span className="ml-3 inline-block rounded-sm border border-edge px-1.5 align-middle font-sans text-xs text-ink-muted">
              Draft
            </span>
          )}
          {stopped && (
            <span className="ml-3 inline-block font-sans text-xs text-accent">you stopped here</span>
          )}
        </span>
        <span className="col-start-2 text-sm text-ink-muted sm:col-start-auto">
          {chapter.publishedAt && <RelativeTime at={chapter.publishedAt} className="figures" />}
          <span className="sm:hidden">
            {chapter.publishedAt && " · "}
            <ReadCount count={chapter.reads} />
          </span>
        </span>
        <span className="text-right text-sm text-ink-muted max-sm:hidden">
          <ReadCount count={chapter.reads} />
        </span>
      </Link>
    </li>
  );
}
