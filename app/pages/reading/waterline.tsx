/** A line filled as far as this chapter is into the story. The text beside it says the same. */
export function Waterline({ at, of }: { at: number; of: number }) {
  const share = of > 0 ? Math.min(1, at / of) : 0;
  return (
    <svg viewBox="0 0 100 2" preserveAspectRatio="none" className="h-0.5 w-full" aria-hidden="true">
      <rect width="100" height="2" className="fill-line" />
      <rect width={100 * share} height="2" className="fill-accent" />
    </svg>
  );
}
