/** The way to be told of new chapters without an account: the address is for a feed reader. */
export const FeedLink = ({ path }: { path: string }) => (
  <a href={path} type="application/atom+xml" className="link text-ink-muted" title="Atom, for feed readers">
    Feed
  </a>
);
