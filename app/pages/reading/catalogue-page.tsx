import { Link } from "@remix-run/react";
import { formatCount, formatNumber } from "~/shared/format";
import { chapterPath, genrePath, SITE_FEED, storyPath } from "~/shared/story-paths";
import { PanelBoundary } from "~/ui/panel-boundary";
import { FeedLink } from "./feed-link";
import { FindStories } from "./find-stories";
import type { CatalogueEntry } from "./read-catalogue";
import type { ReadingPlace } from "./read-reading-places";
import { RelativeTime } from "./relative-time";

interface CataloguePageProps {
  stories: CatalogueEntry[];
  more: boolean;
  page: number;
  reader?: { name: string } | null;
  places?: ReadingPlace[];
  /** The genres that the page links to. */
  genres: string[];
  /** The stories shown are those of a genre, or the results of a search. */
  genre?: string;
  search?: string;
  /** The server's time, ISO. */
  now: string;
}

/** The home page: where a signed-in reader can continue, then the stories, newest chapter first. */
export function CataloguePage(props: CataloguePageProps) {
  const { stories, places = [], page, more, now, reader, genres, genre, search } = props;
  return (
    <main className="mx-auto max-w-catalogue px-5 pt-8 pb-24 sm:px-8 sm:pt-16">
      <h1 className="font-serif text-3xl tracking-tight sm:text-4xl">
        Serial fiction, <span className="block">one chapter at a time</span>
      </h1>
      <PanelBoundary>
        {reader && places.length > 0 && <ContinueReading name={reader.name} places={places} />}
      </PanelBoundary>
      <FindStories genres={genres} genre={genre} search={search} />
      <section aria-labelledby="stories" className="mt-10 sm:mt-14">
        <div className="flex items-baseline justify-between gap-4 border-b border-ink pb-2 text-sm">
          <h2 id="stories" className="font-medium">
            {headingOf(props)}
          </h2>
          <FeedLink path={SITE_FEED} />
        </div>
        {stories.length === 0 ? (
          <p className="mt-8 max-w-measure font-serif text-read text-ink-muted">{emptyText(props)}</p>
        ) : (
          <PanelBoundary>
            <ul>
              {stories.map((story) => (
                <Entry key={story.slug} story={story} now={now} />
              ))}
            </ul>
          </PanelBoundary>
        )}
        {(page > 1 || more) && <Pager {...props} />}
      </section>
    </main>
  );
}

function ContinueReading({ name, places }: { name: string; places: ReadingPlace[] }) {
  return (
    <section aria-labelledby="continue" className="mt-10 sm:mt-14">
      <h2 id="continue" className="text-sm font-medium">
        Continue reading<span className="font-normal text-ink-muted">, {name}</span>
      </h2>
      <ul className="mt-3 grid gap-x-10 gap-y-4 sm:grid-cols-3">
        {places.map((place) => (
          <li key={place.slug} className="border-l-2 border-accent pl-4">
            <Link to={chapterPath(place.slug, place.chapter)} className="group block">
              <span className="font-serif text-base group-hover:underline">{place.title}</span>
              <span className="figures block text-sm text-ink-muted">
                Chapter {place.chapter} of {place.of}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** One story: when its latest chapter came out, its title and blurb, and how often it was read. */
function Entry({ story, now }: { story: CatalogueEntry; now: string }) {
  const { latest } = story;
  return (
    <li className="grid gap-x-8 gap-y-2 border-b border-line py-7 sm:grid-cols-[8.5rem_1fr_6.5rem] sm:py-8">
      <p className="text-sm text-ink-muted sm:pt-1.5">
        {latest ? (
          <>
            <RelativeTime at={latest.at} now={now} className="figures" />
            <span className="sm:hidden"> · </span>
            <Link
              to={chapterPath(story.slug, latest.number)}
              className="hover:text-ink hover:underline sm:block"
            >
              Chapter {latest.number}
            </Link>
          </>
        ) : (
          story.genre
        )}
      </p>
      <div>
        <h3 className="font-serif text-xl tracking-tight sm:text-2xl">
          <Link to={storyPath(story.slug)} className="hover:underline">
            {story.title}
          </Link>
        </h3>
        <p className="mt-1 text-sm text-ink-muted">
          {story.author}
          {latest && story.genre && <> · {story.genre}</>}
        </p>
        {story.blurb && (
          <p className="mt-3 max-w-[62ch] font-serif text-base leading-relaxed text-pretty">{story.blurb}</p>
        )}
      </div>
      <p className="figures text-sm text-ink-muted max-sm:mt-1 sm:pt-1.5 sm:text-right">
        <span className="sm:block">
          <span className="text-ink">{formatNumber(story.reads)}</span> {story.reads === 1 ? "read" : "reads"}
        </span>
        {story.chapters > 0 && (
          <span className="max-sm:before:content-['_·_'] sm:block">
            {formatCount(story.chapters, "chapter")}
          </span>
        )}
      </p>
    </li>
  );
}

function headingOf({ page, genre, search }: CataloguePageProps) {
  const what =
    search === undefined
      ? `${genre ? `${genre}: newest` : "Newest"} chapters first`
      : `Stories with “${search}”`;
  return page === 1 ? what : `${what}, page ${page}`;
}

function emptyText({ page, search }: CataloguePageProps) {
  if (page > 1) return "There are no more stories.";
  if (search === undefined) return "No stories have been published yet.";
  return "No story has all of these words in its title, blurb, genre or author’s name. Try fewer words, or their beginnings.";
}

function Pager({ page, more, genre, search }: CataloguePageProps) {
  const base = genre === undefined ? (search === undefined ? "/" : "/search") : genrePath(genre);
  const to = (number: number) => {
    const query = new URLSearchParams(search === undefined ? {} : { q: search });
    if (number > 1) query.set("page", String(number));
    return query.size > 0 ? `${base}?${query}` : base;
  };
  return (
    <nav aria-label="Pages" className="mt-8 flex justify-between text-sm">
      {page > 1 ? (
        <Link className="link" rel="prev" to={to(page - 1)}>
          {search === undefined ? "Newer" : "Better matches"}
        </Link>
      ) : (
        <span />
      )}
      {more && (
        <Link className="link" rel="next" to={to(page + 1)}>
          {search === undefined ? "Older" : "More"}
        </Link>
      )}
    </nav>
  );
}
