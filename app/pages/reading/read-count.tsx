import { formatNumber } from "~/shared/format";

/**
 * `1,234 reads`. All digits have the same width, so the page does not shift when the reader's own view raises the count.
 * Screen readers do not announce that change, as the reader did not cause it deliberately.
 */
export function ReadCount({ count }: { count: number }) {
  return (
    <span className="figures" data-reads={count}>
      {formatNumber(count)} {count === 1 ? "read" : "reads"}
    </span>
  );
}
