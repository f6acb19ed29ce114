import { Link, NavLink } from "@remix-run/react";
import { ZoneToggle } from "../time/zone-toggle";
import type { PageStyle } from "./page-style";
import { ThemeToggle } from "./theme-toggle";
import { Wordmark } from "./wordmark";

interface SiteHeaderProps {
  /** Null when signed out. */
  person: { name: string; role: keyof typeof PAGES } | null;
  pageStyle: PageStyle;
}

/** The page of each role, besides the stories, which everyone can read. */
export const PAGES = {
  READER: null,
  EDITOR: { to: "/editor", name: "Your stories" },
  OPS: { to: "/admin", name: "Operations" },
  AUDITOR: { to: "/admin", name: "Operations" },
} as const;

const item =
  "inline-flex h-9 items-center whitespace-nowrap rounded-md px-1.5 text-ink-muted hover:bg-sunken sm:px-2.5 hover:text-ink";

/** The header of every page: links to all stories, to the account, and to the page of the person's role. */
export function SiteHeader({ person, pageStyle }: SiteHeaderProps) {
  const width = pageStyle === "console" ? "max-w-console" : "max-w-catalogue";
  const page = person ? PAGES[person.role] : null;
  return (
    <header className={`no-print ${pageStyle === "console" ? "border-b border-line bg-surface" : ""}`}>
      <div
        className={`mx-auto flex ${width} items-center justify-between gap-2 px-5 sm:px-8 ${pageStyle === "console" ? "h-14" : "h-18"}`}
      >
        <Link to="/" className="-ml-1 rounded-sm p-1" aria-label="Tidemark, all stories">
          <Wordmark />
        </Link>
        <nav aria-label="Site" className="-mr-2 flex items-center gap-0.5 text-sm">
          {page && (
            <NavLink to={page.to} className={`${item} aria-[current=page]:text-ink`}>
              {page.name}
            </NavLink>
          )}
          {person ? (
            <>
              <Link
                to="/account"
                className={`${item} max-sm:px-2`}
                aria-label={`Your account: ${person.name}`}
                title="Your account"
              >
                <span className="max-w-44 truncate text-ink max-sm:hidden">{person.name}</span>
                <span aria-hidden="true" className="text-ink sm:hidden">
                  {person.name.charAt(0)}
                </span>
              </Link>
              {/* A phone has no room for it here; the account page has it too. */}
              <form method="post" action="/logout" className="max-sm:hidden">
                <button type="submit" className={item}>
                  Log out
                </button>
              </form>
            </>
          ) : (
            <Link to="/login" className={item}>
              Log in
            </Link>
          )}
          {pageStyle === "console" && (
            // A phone has no room for it here; the overview has it at its end.
            <span className="max-sm:hidden">
              <ZoneToggle />
            </span>
          )}
          <ThemeToggle />
        </nav>
      </div>
    </header>
  );
}
