import { Link, useLocation } from "@remix-run/react";
import { SITE_FEED } from "~/shared/story-paths";

/** The footer of readers' pages. On a story or chapter, "Your data" leads to what is known of that page: it depends on the path only. */
export function SiteFooter() {
  const { pathname } = useLocation();
  const about = pathname.startsWith("/story/") ? `?page=${encodeURIComponent(pathname)}` : "";
  return (
    <footer className="no-print mx-auto max-w-catalogue px-5 pb-10 text-sm text-ink-muted sm:px-8">
      <nav aria-label="About this site" className="flex flex-wrap gap-x-6 gap-y-2 border-t border-line pt-5">
        <Link to="/privacy" className="hover:text-ink hover:underline">
          Privacy
        </Link>
        <Link to={`/me${about}`} className="hover:text-ink hover:underline">
          Your data
        </Link>
        <a href={SITE_FEED} type="application/atom+xml" className="hover:text-ink hover:underline">
          Feed
        </a>
      </nav>
    </footer>
  );
}
