import { Link } from "@remix-run/react";
import { formatCount } from "~/shared/format";
import { readingTime } from "~/shared/reading-time";
import { chapterPath, storyAnalyticsPath, storyFeedPath } from "~/shared/story-paths";
import { PanelBoundary } from "~/ui/panel-boundary";
import { DraftNote } from "./draft-note";
import { FeedLink } from "./feed-link";
import { ReadCount } from "./read-count";
import type { ChapterEntry, Story, StoryReads } from "./read-story";
import { RelativeTime } from "./relative-time";
import { useViewBeacon } from "./view-beacon";

interface StoryPageProps {
  story: Story;
  reads: StoryReads;
  reader: { name: string; role: string } | null;
  /** The dedupe window. */
  windowMs: number;
}

/** A story's cover page: title, blurb, where to start or continue, and its chapters. */
export function StoryPage({ story, reads, reader, windowMs }: StoryPageProps) {
  const newer = useViewBeacon(windowMs);
  return (
    <main className="mx-auto max-w-page px-5 pt-8 pb-24 sm:px-8 sm:pt-16">
      {story.draft && <DraftNote what="story" />}
      <header>
        {story.genre && <p className="text-sm text-ink-muted">{story.genre}</p>}
        <h1 className="mt-2 font-serif text-3xl tracking-tight sm:text-4xl">{story.title}</h1>
        <p className="mt-3 text-base">by {story.author}</p>
        {story.blurb && <p className="mt-6 max-w-measure font-serif text-read text-pretty">{story.blurb}</p>}
        <p className="mt-6 text-sm text-ink-muted">
          <ReadCount name="story" count={Math.max(newer ?? 0, reads.story)} />
          {story.chapters.length > 0 && <> · {formatCount(story.chapters.length, "chapter")}</>}
          {story.isAuthor && reader?.role === "EDITOR" && (
            <>
              {" · "}
              <Link className="link" to={storyAnalyticsPath(story.slug)}>
                Analytics
              </Link>
            </>
          )}
        </p>
      </header>
      <PanelBoundary>
        <StartOrContinue story={story} name={reader?.name ?? null} />
      </PanelBoundary>
      <PanelBoundary>{story.chapters.length > 0 && <Contents story={story} reads={reads} />}</PanelBoundary>
    </main>
  );
}

function StartOrContinue({ story, name }: { story: Story; name: string | null }) {
  const first = story.chapters[0];
  if (!first) return null;
  const { stoppedAt } = story;
  if (name && stoppedAt)
    return (
      <div className="mt-10 flex flex-wrap items-center justify-between gap-x-8 gap-y-4 border-y border-line py-5">
        <p className="font-serif text-read">
          Welcome back, {name}. You stopped at chapter {stoppedAt.number}
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
        Start with chapter {first.number}
      </Link>
    </p>
  );
}

function Contents({ story, reads }: { story: Story; reads: StoryReads }) {
  return (
    <section aria-labelledby="contents" className="mt-14">
      <div className="flex items-baseline justify-between gap-4 border-b border-ink pb-2 text-sm">
        <h2 id="contents" className="font-medium">
          Chapters
        </h2>
        {!story.draft && <FeedLink path={storyFeedPath(story.slug)} />}
      </div>
      <ol>
        {story.chapters.map((chapter) => (
          <ContentsLine
            key={chapter.id}
            slug={story.slug}
            chapter={chapter}
            reads={reads[chapter.number] ?? 0}
            stoppedHere={story.stoppedAt?.number === chapter.number}
          />
        ))}
      </ol>
    </section>
  );
}

interface ContentsLineProps {
  slug: string;
  chapter: ChapterEntry;
  reads: number;
  stoppedHere: boolean;
}

function ContentsLine({ slug, chapter, reads, stoppedHere }: ContentsLineProps) {
  const time = readingTime(chapter.words);
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
          {stoppedHere && (
            <span className="ml-3 inline-block font-sans text-xs text-accent">you stopped here</span>
          )}
        </span>
        <span className="col-start-2 text-sm text-ink-muted sm:col-start-auto">
          {time && <span className="figures">{time}</span>}
          {time && chapter.publishedAt && " · "}
          {chapter.publishedAt && <RelativeTime at={chapter.publishedAt} className="figures" />}
          <span className="sm:hidden">
            {(time || chapter.publishedAt) && " · "}
            <ReadCount name={chapter.number} count={reads} />
          </span>
        </span>
        <span className="text-right text-sm text-ink-muted max-sm:hidden">
          <ReadCount name={chapter.number} count={reads} />
        </span>
      </Link>
    </li>
  );
}
