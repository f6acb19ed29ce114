import { Link } from "@remix-run/react";

interface Calm {
  title: string;
  text: string;
}

const WORDS: Record<number, Calm> = {
  403: {
    title: "This page is not yours to open",
    text: "You are signed in, but not as somebody who works with this page. If you should be, ask an operator of the site.",
  },
  404: {
    title: "There is no such page",
    text: "It may have moved, or its author has not published it yet. Check the address, or go back to the shelf.",
  },
  405: { title: "That does not work here", text: "The page cannot do what was asked of it. Open it anew." },
  429: { title: "Too many tries", text: "Please wait a few minutes, then try again." },
};

const OURS: Calm = {
  title: "Something broke on our side",
  text: "It is not your doing, and it has been written down for the people who mend it. Try again in a minute.",
};

/** What a reader sees when a page cannot be shown: what happened and what to do, and nothing of the inside. */
export function ErrorPage({ status }: { status: number }) {
  const words = WORDS[status] ?? OURS;
  return (
    <main className="mx-auto max-w-catalogue px-5 pt-16 pb-24 sm:px-8 sm:pt-28">
      <p className="figures text-sm text-ink-muted">Error {status}</p>
      <h1 className="mt-3 font-serif text-3xl font-medium tracking-tight">{words.title}</h1>
      <p className="mt-4 max-w-measure font-serif text-read text-ink-muted">{words.text}</p>
      <p className="mt-8">
        <Link to="/" className="button button-quiet">
          All stories
        </Link>
      </p>
    </main>
  );
}
