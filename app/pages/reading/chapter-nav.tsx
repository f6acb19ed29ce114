import { Link } from "@remix-run/react";
import { chapterPath } from "~/shared/story-paths";
import type { Chapter, Neighbour } from "./read-chapter";

interface ChapterNavProps extends Pick<Chapter, "previous" | "next"> {
  slug: string;
}

/** Links to the previous and the next chapter, at the foot of a chapter. */
export function ChapterNav({ slug, previous, next }: ChapterNavProps) {
  return (
    <nav aria-label="Chapters" className="no-print mt-14 grid grid-cols-2 gap-6 border-t border-ink pt-5">
      <div>
        {previous && <NeighbourLink slug={slug} rel="prev" label="Previous" arrow="←" chapter={previous} />}
      </div>
      <div className="text-right">
        {next ? (
          <NeighbourLink slug={slug} rel="next" label="Next" arrow="→" chapter={next} />
        ) : (
          <p className="text-sm text-ink-muted">This is the latest chapter.</p>
        )}
      </div>
    </nav>
  );
}

interface NeighbourLinkProps {
  slug: string;
  rel: "prev" | "next";
  label: string;
  /** The arrow key with the same effect. */
  arrow: string;
  chapter: Neighbour;
}

function NeighbourLink({ slug, rel, label, arrow, chapter }: NeighbourLinkProps) {
  return (
    <Link to={chapterPath(slug, chapter.number)} rel={rel} className="group block">
      <span className="text-sm text-ink-muted">
        {label}
        <span
          className="needs-script ml-2 rounded-sm border border-line px-1.5 font-sans text-xs max-sm:hidden"
          title="You can use the arrow keys"
          aria-hidden="true"
        >
          {arrow}
        </span>
      </span>
      <span className="mt-1 block font-serif text-base group-hover:underline sm:text-xl">
        <span className="figures text-ink-muted">{chapter.number}</span> {chapter.title}
      </span>
    </Link>
  );
}
