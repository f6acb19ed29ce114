import { formatNumber } from "~/shared/format";

/**
 * `1,234 reads`, of now. Figures have one width each, so the number that follows the reader's own view moves nothing; it
 * is not announced either, as it changes on its own.
 */
export function ReadCount({ count }: { count: number }) {
  return (
    <span className="figures" data-reads={count}>
      {formatNumber(count)} {count === 1 ? "read" : "reads"}
    </span>
  );
}
