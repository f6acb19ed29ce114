import { Link } from "@remix-run/react";
import { chapterPath } from "./paths";

interface Neighbour {
  number: number;
  title: string;
}

/** The way to the chapters before and after, at the foot of a chapter. */
export function ChapterNav({
  slug,
  previous,
  next,
}: {
  slug: string;
  previous: Neighbour | null;
  next: Neighbour | null;
}) {
  return (
    <nav aria-label="Chapters" className="no-print mt-14 grid grid-cols-2 gap-6 border-t border-ink pt-5">
      <div>
        {previous && (
          <Turn
            to={chapterPath(slug, previous.number)}
            rel="prev"
            label="Previous"
            sign="←"
            chapter={previous}
          />
        )}
      </div>
      <div className="text-right">
        {next ? (
          <Turn to={chapterPath(slug, next.number)} rel="next" label="Next" sign="→" chapter={next} />
        ) : (
          <p className="text-sm text-ink-muted">This is the latest chapter.</p>
        )}
      </div>
    </nav>
  );
}

function Turn(props: { to: string; rel: string; label: string; sign: string; chapter: Neighbour }) {
  return (
    <Link to={props.to} rel={props.rel} className="group block">
      <span className="text-sm text-ink-muted">
        {props.label}
        <span
          className="needs-script ml-2 rounded-sm border border-line px-1.5 font-sans text-xs max-sm:hidden"
          title="Arrow keys turn the page"
          aria-hidden="true"
        >
          {props.sign}
        </span>
      </span>
      <span className="mt-1 block font-serif text-base font-medium group-hover:underline sm:text-xl">
        <span className="figures font-normal text-ink-muted">{props.chapter.number}</span>{" "}
        {props.chapter.title}
      </span>
    </Link>
  );
}
