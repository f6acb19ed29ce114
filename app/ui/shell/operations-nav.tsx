import { NavLink, useLocation } from "@remix-run/react";
import { useId, useRef, useState } from "react";
import { OPERATIONS_NAV, type OperationsGroup, operationsPageAt } from "~/shared/operations-nav";
import { Keyboard } from "./keyboard";

const LINK =
  "inline-flex h-11 items-center gap-1.5 whitespace-nowrap border-b-2 border-transparent text-ink-muted hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink lg:h-10";

/** What waits for an operator. */
interface Waiting {
  /** The number of alerts that are firing. */
  firing: number;
  /** The number of messages in the inbox that this person has not read. */
  unread: number;
}

/**
 * The operators' navigation with what waits for them, and the button that lists their keyboard shortcuts: one row on a wide screen; on
 * a narrow one a button that says where one is and opens the same pages.
 */
export function OperationsNav(waiting: Waiting) {
  const { pathname } = useLocation();
  // The menu is open on the page where it was opened, so it closes when one of its links is followed.
  const [openedAt, setOpenedAt] = useState<string | null>(null);
  const isOpen = openedAt === pathname;
  const button = useRef<HTMLButtonElement>(null);
  const menuId = useId();
  return (
    <nav
      aria-label="Operations"
      className="no-print border-b border-line"
      onKeyDown={({ key }) => {
        if (key !== "Escape" || !isOpen) return;
        setOpenedAt(null);
        button.current?.focus();
      }}
    >
      <div className="mx-auto flex max-w-console flex-wrap px-5 text-sm max-lg:flex-col sm:px-8">
        <button
          ref={button}
          type="button"
          aria-expanded={isOpen}
          aria-controls={menuId}
          onClick={() => setOpenedAt(isOpen ? null : pathname)}
          className="needs-script inline-flex h-11 items-center gap-2 lg:hidden"
        >
          <span className="sr-only">Menu. This page: </span>
          <span className="font-medium">{operationsPageAt(pathname)?.label ?? "Operations"}</span>
          <Badge count={waiting.firing} of="firing" words />
          <Badge count={waiting.unread} of="unread" words />
          <Chevron isOpen={isOpen} />
        </button>
        <div
          id={menuId}
          className={`flex flex-col gap-y-4 max-lg:py-3 lg:flex-row lg:flex-wrap ${isOpen ? "" : "shown-without-script max-lg:hidden"}`}
        >
          {OPERATIONS_NAV.map((group) => (
            <Group key={group.name} group={group} {...waiting} />
          ))}
        </div>
        <div className="ml-auto">
          <Keyboard />
        </div>
      </div>
    </nav>
  );
}

function Group({ group: { name, pages }, ...waiting }: { group: OperationsGroup } & Waiting) {
  const id = useId();
  return (
    <div className="lg:border-line lg:not-first:ml-5 lg:not-first:border-l lg:not-first:pl-5">
      <p id={id} className="text-xs text-ink-muted lg:sr-only">
        {name}
      </p>
      <ul aria-labelledby={id} className="grid grid-cols-2 gap-x-5 lg:flex">
        {pages.map(({ to, label }) => (
          <li key={to}>
            {/* Without `end`, the overview would be the current page on all pages below it. */}
            <NavLink to={to} end={to === "/admin"} className={LINK}>
              {label}
              {to === "/admin/alerts" && <Badge count={waiting.firing} of="firing" />}
              {to === "/admin/inbox" && <Badge count={waiting.unread} of="unread" />}
            </NavLink>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Badge({ count, of, words }: { count: number; of: keyof Waiting; words?: boolean }) {
  if (count === 0) return null;
  return (
    <span
      className={`figures rounded-full px-1.5 text-xs font-semibold text-paper ${of === "firing" ? "bg-alarm" : "bg-accent"}`}
    >
      {count}
      <span className={words ? "" : "sr-only"}> {of}</span>
    </span>
  );
}

const Chevron = ({ isOpen }: { isOpen: boolean }) => (
  <svg
    viewBox="0 0 12 12"
    aria-hidden="true"
    className={`ml-auto size-3 fill-none stroke-current stroke-[1.5] ${isOpen ? "rotate-180" : ""}`}
  >
    <path d="M2 4l4 4 4-4" />
  </svg>
);
