import { Link } from "@remix-run/react";
import { formatCount, formatTime } from "~/shared/format";
import { storyPath } from "~/shared/story-paths";
import { MOST_READ_PERIODS } from "~/tracker/most-read";
import type { MostReadEntry, MostReadLists } from "./read-most-read";

/** The most read stories of a day, a week and all time, each with the time as of which it is ranked. */
export function MostReadPage({ lists }: { lists: MostReadLists }) {
  return (
    <main className="mx-auto max-w-catalogue px-5 pt-8 pb-24 sm:px-8 sm:pt-16">
      <h1 className="font-serif text-3xl tracking-tight sm:text-4xl">Most read</h1>
      <div className="mt-10 grid gap-x-10 gap-y-12 sm:mt-14 lg:grid-cols-3">
        {MOST_READ_PERIODS.map(({ key, label }) => (
          <section key={key} aria-labelledby={`most-read-${key}`}>
            <h2 id={`most-read-${key}`} className="border-b border-ink pb-2 text-sm font-medium">
              {label}
            </h2>
            <List list={lists[key]} />
          </section>
        ))}
      </div>
    </main>
  );
}

function List({ list }: { list: { asOf: string; stories: MostReadEntry[] } | undefined }) {
  if (!list) return <p className="mt-4 text-sm text-ink-muted">No reads are ranked yet.</p>;
  return (
    <>
      <ol>
        {list.stories.map(({ slug, title, author, reads }, i) => (
          <li
            key={slug}
            className="grid grid-cols-[1.75rem_1fr] items-baseline gap-x-3 border-b border-line py-3.5"
          >
            <span className="figures text-sm text-ink-muted">{i + 1}</span>
            <div>
              <Link to={storyPath(slug)} className="font-serif text-read leading-snug hover:underline">
                {title}
              </Link>
              <p className="figures text-sm text-ink-muted">
                {author} · {formatCount(reads, "read")}
              </p>
            </div>
          </li>
        ))}
      </ol>
      <p className="figures mt-3 text-sm text-ink-muted">As of {formatTime(new Date(list.asOf))}</p>
    </>
  );
}
