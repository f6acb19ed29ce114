import { Link } from "@remix-run/react";
import { readingTime } from "~/shared/reading-time";
import { chapterPath, storyPath } from "~/shared/story-paths";
import { PanelBoundary } from "~/ui/panel-boundary";
import { useArrowKeys } from "./arrow-keys";
import { ChapterNav } from "./chapter-nav";
import { DraftNote } from "./draft-note";
import { Prose } from "./prose";
import type { Chapter, ChapterReads } from "./read-chapter";
import { ReadCount } from "./read-count";
import { useViewBeacon } from "./view-beacon";
import { Waterline } from "./waterline";

interface ChapterPageProps {
  chapter: Chapter;
  reads: ChapterReads;
  /** The dedupe window. */
  windowMs: number;
}

/** A chapter to read, with its place in the story above it and its neighbours below. */
export function ChapterPage({ chapter, reads, windowMs }: ChapterPageProps) {
  const { story, previous, next } = chapter;
  const newer = useViewBeacon(windowMs);
  const time = readingTime(chapter.words);
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
          <h1 className="mt-4 font-serif text-3xl tracking-tight sm:text-4xl">{chapter.title}</h1>
          <p className="mt-5 mb-3 flex justify-between gap-4 text-sm text-ink-muted">
            <span className="figures">
              Chapter {chapter.number} of {chapter.of}
              {time && ` · ${time}`}
            </span>
            <ReadCount name="chapter" count={Math.max(newer ?? 0, reads.chapter)} />
          </p>
          <Waterline at={chapter.number} of={chapter.of} />
        </header>
        <PanelBoundary>
          <Prose text={chapter.body} />
        </PanelBoundary>
      </article>
      <PanelBoundary>
        <ChapterNav slug={story.slug} previous={previous} next={next} />
      </PanelBoundary>
    </main>
  );
}
