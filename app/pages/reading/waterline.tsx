/** How far into the story this chapter is, as a line that is filled so far. The words beside it say the same. */
export function Waterline({ at, of }: { at: number; of: number }) {
  const share = of > 0 ? Math.min(1, at / of) : 0;
  return (
    <svg viewBox="0 0 100 2" preserveAspectRatio="none" className="h-0.5 w-full" aria-hidden="true">
      <rect width="100" height="2" className="fill-line" />
      <rect width={100 * share} height="2" className="fill-accent" />
    </svg>
  );
}
