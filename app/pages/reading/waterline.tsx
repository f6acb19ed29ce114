/** A line filled in proportion to the chapter's place in the story. The text above it gives the same in numbers. */
export function Waterline({ at, of }: { at: number; of: number }) {
  const share = of > 0 ? Math.min(1, at / of) : 0;
  return (
    <svg viewBox="0 0 100 2" preserveAspectRatio="none" className="h-0.5 w-full" aria-hidden="true">
      <rect width="100" height="2" className="fill-line" />
      <rect width={100 * share} height="2" className="fill-accent" />
    </svg>
  );
}
