import { Link } from "@remix-run/react";

interface RangeLinksProps {
  label: string;
  selected: string;
  ranges: { key: string; label: string; to: string }[];
}

/** The ranges as links, so that each has an address, can be shared and works without JavaScript. */
export function RangeLinks({ label, selected, ranges }: RangeLinksProps) {
  return (
    <nav aria-label={label} className="no-print">
      <ul className="flex w-fit flex-wrap gap-1 text-sm">
        {ranges.map((range) => (
          <li key={range.key}>
            <Link
              to={range.to}
              preventScrollReset
              aria-current={range.key === selected ? "true" : undefined}
              className="inline-flex h-9 items-center rounded-md px-3 text-ink-muted hover:bg-sunken aria-[current=true]:bg-sunken aria-[current=true]:font-medium aria-[current=true]:text-ink"
            >
              {range.label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
