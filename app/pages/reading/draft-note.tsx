/** Marks a page as not public. Only people who may see the draft get the page. */
export function DraftNote({ what }: { what: "story" | "chapter" }) {
  return (
    <p className="mb-8 border-l-2 border-edge pl-4 text-sm text-ink-muted">
      <strong className="font-semibold text-ink">Draft.</strong> Only the author and the editors of this story
      can see this {what}. Visits are not counted.
    </p>
  );
}
