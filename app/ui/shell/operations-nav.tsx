import { NavLink } from "@remix-run/react";
import { OPERATIONS_NAV } from "~/shared/operations-nav";
import { Keyboard } from "./keyboard";

const LINK =
  "inline-flex h-10 items-center whitespace-nowrap border-b-2 border-transparent text-ink-muted hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink";

/** The operators' navigation with the number of alerts that are firing, and the button that lists their keyboard shortcuts. */
export function OperationsNav({ firing }: { firing: number }) {
  return (
    <nav aria-label="Operations" className="no-print border-b border-line">
      <ul className="mx-auto flex max-w-console flex-wrap gap-x-4 max-sm:flex-nowrap max-sm:overflow-x-auto px-5 sm:gap-x-6 text-sm sm:px-8">
        {OPERATIONS_NAV.map(({ to, label }) => (
          <li key={to}>
            {/* Without `end`, the overview would be the current page on all pages below it. */}
            <NavLink to={to} end={to === "/admin"} className={LINK}>
              {label}
              {to === "/admin/alerts" && firing > 0 && <Badge firing={firing} />}
            </NavLink>
          </li>
        ))}
        <li className="ml-auto">
          <Keyboard />
        </li>
      </ul>
    </nav>
  );
}

const Badge = ({ firing }: { firing: number }) => (
  <span className="figures ml-1.5 rounded-full bg-alarm px-1.5 text-xs font-semibold text-paper">
    {firing}
    <span className="sr-only"> firing</span>
  </span>
);
