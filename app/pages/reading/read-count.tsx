import { formatCount } from "~/shared/format";
import { useBlank } from "~/ui/shell/remembered-page";

interface ReadCountProps {
  /** The count's name in the loader's `reads`. */
  name: string | number;
  count: number;
}

/**
 * `1,234 reads`. All digits have the same width, so the page does not shift when the reader's own view raises the count.
 * Screen readers do not announce that change, as the reader did not cause it deliberately.
 */
export function ReadCount({ name, count }: ReadCountProps) {
  const blank = useBlank();
  return (
    <span className="figures" data-reads={blank ? blank(`number ${name}`) : count}>
      {blank ? blank(`reads ${name}`) : formatCount(count, "read")}
    </span>
  );
}
