import { Link } from "@remix-run/react";
import { genrePath } from "~/shared/story-paths";

interface FindStoriesProps {
  genres: string[];
  genre?: string;
  search?: string;
}

/** The ways through the catalogue: a search by words, and the genres. Works without JavaScript. */
export function FindStories({ genres, genre, search }: FindStoriesProps) {
  return (
    <div className="mt-10 flex flex-wrap items-baseline gap-x-10 gap-y-4 text-sm sm:mt-14">
      <search className="block w-full sm:w-72">
        <form action="/search" className="flex items-baseline gap-3">
          <input
            type="search"
            name="q"
            aria-label="Title, author, genre or blurb"
            placeholder="Title, author or genre"
            defaultValue={search}
            maxLength={200}
            required
            className="h-9 min-w-0 flex-1 border-b border-edge bg-transparent text-base placeholder:text-ink-muted"
          />
          <button type="submit" className="link h-9">
            Search
          </button>
        </form>
      </search>
      <nav aria-label="Ways through the stories" className="flex flex-wrap gap-x-5 gap-y-2">
        {(genre !== undefined || search !== undefined) && (
          <Link to="/" className="text-ink-muted hover:text-ink hover:underline">
            All stories
          </Link>
        )}
        <Link to="/most-read" className="text-ink-muted hover:text-ink hover:underline">
          Most read
        </Link>
        {genres.map((each) => (
          <Link
            key={each}
            to={genrePath(each)}
            aria-current={each === genre ? "page" : undefined}
            className="text-ink-muted hover:text-ink hover:underline aria-[current=page]:text-ink"
          >
            {each}
          </Link>
        ))}
      </nav>
    </div>
  );
}
