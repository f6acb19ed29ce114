import { Link } from "@remix-run/react";
import { formatTime } from "~/shared/format";
import type { PageOutcome } from "./load-me-page";

interface PageOutcomesProps {
  pages: PageOutcome[];
  /** The path of the page from which the reader came. */
  cameFrom: string | null;
  /** The reader's name; null when signed out. */
  name: string | null;
  /** The dedupe window in words. */
  window: string;
}

/** For each page that can be looked up: whether this reader is counted for it, since when, and why not. */
export function PageOutcomes({ pages, name, window }: PageOutcomesProps) {
  return (
    <>
      {pages.length > 0 && (
        <ul>
          {pages.map((page) => (
            <li key={page.path} className="border-b border-line py-4" data-state={page.state}>
              <Link to={page.path} className="font-serif text-read leading-snug hover:underline">
                {page.title}
              </Link>
              {page.title !== page.story && <span className="text-sm text-ink-muted"> · {page.story}</span>}
              <p className="figures mt-1 text-sm text-ink-muted">{outcomeText(page, window)}</p>
            </li>
          ))}
        </ul>
      )}
      <p className="mt-5 max-w-[62ch] text-base text-pretty">
        {name === null
          ? "This site has no list of what you read. A page can only be asked about by itself: open a story or a chapter, and follow “Your data” at its end."
          : "These are the chapters where you stopped reading, and the page from which you came here. For another one, open it and follow “Your data” at its end."}
      </p>
    </>
  );
}

function outcomeText({ state, at, until }: PageOutcome, window: string): string {
  if (state === "author") return "Not counted: you are its author or one of its editors.";
  if (state === "unknown")
    return "Not known: a store of counts does not answer just now. Try again in a minute.";
  if (state === "not-counted" || !at || !until) return `No view of yours was counted in the last ${window}.`;
  return `Counted on ${formatTime(new Date(at))}. Another view counts from ${formatTime(new Date(until))}.`;
}
