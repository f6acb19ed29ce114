import type { LoaderFunctionArgs } from "@remix-run/node";
import { siteOrigin } from "~/platform/site-origin";

/** Pages behind a log-in, and the forms that lead there. */
const DISALLOWED = ["/account", "/admin", "/editor", "/login", "/logout"];

/** The paths that robots should leave alone, and the sitemap; a route, as the sitemap's address must be absolute. */
export function loader({ request, context }: LoaderFunctionArgs) {
  const lines = [
    "User-agent: *",
    ...DISALLOWED.map((path) => `Disallow: ${path}`),
    "",
    `Sitemap: ${siteOrigin(context.runtime.env, request)}/sitemap.xml`,
    "",
  ];
  return new Response(lines.join("\n"), {
    headers: { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "public, max-age=3600" },
  });
}
