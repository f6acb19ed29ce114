import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { NavLink, Outlet } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { Keyboard } from "~/ui/shell/keyboard";
import { consolePage } from "~/ui/shell/page-style";

export const handle = consolePage;

export const meta: MetaFunction = () => [
  { title: "Operations · Tidemark" },
  { name: "robots", content: "noindex" },
];

export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "admin.view");
  return null;
}

const door =
  "inline-flex h-10 items-center border-b-2 border-transparent text-ink-muted hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink";

/** The operators' rooms. Queues are bull-board's, served outside Remix: a plain link, and a whole new page. */
export default function Admin() {
  return (
    <>
      <nav aria-label="Operations" className="no-print border-b border-line">
        <ul className="mx-auto flex max-w-console flex-wrap gap-x-4 px-5 sm:gap-x-6 text-sm sm:px-8">
          <li>
            <NavLink to="/admin" end className={door}>
              Overview
            </NavLink>
          </li>
          <li>
            <NavLink to="/admin/sync" className={door}>
              Sync
            </NavLink>
          </li>
          <li>
            <NavLink to="/admin/alerts" className={door}>
              Alerts
            </NavLink>
          </li>
          <li>
            <a href="/admin/queues" className={door}>
              Queues
            </a>
          </li>
          <li>
            <NavLink to="/admin/drill" className={door}>
              Drill
            </NavLink>
          </li>
          <li>
            <NavLink to="/admin/audit" className={door}>
              Audit
            </NavLink>
          </li>
          <li className="ml-auto">
            <Keyboard />
          </li>
        </ul>
      </nav>
      <Outlet />
    </>
  );
}
