import { readdirSync } from "node:fs";

/** A route of the site: Remix's id for it, and an address that leads to it. */
export interface SiteRoute {
  id: string;
  path: string;
}

/** Every route file, those added later included, with `values` for the parameters in its name. */
export function siteRoutes(values: Record<string, string>): SiteRoute[] {
  return readdirSync("app/routes").map((file) => {
    const name = file.replace(/\.tsx?$/, "");
    const path = name
      .replaceAll("[.]", "\0")
      .split(".")
      .filter((part) => part !== "_index")
      // Remix's sign for a page that is not inside the layout of that name.
      .map((part) => part.replace(/_$/, ""))
      .map((part) => (part.startsWith("$") ? (values[part.slice(1)] ?? "no-such-page") : part))
      .join("/")
      .replaceAll("\0", ".");
    return { id: `routes/${name}`, path: `/${path}` };
  });
}

/** What the web process answers beside Remix's routes. */
export const OTHER_PATHS = [
  "/healthz",
  "/readyz",
  "/metrics",
  "/admin/live",
  "/admin/queues/board",
  "/admin/queues/board/api/queues",
  "/admin/queues/board/api/queues/tidemark-sync/pause",
  "/admin/queues/api/queues",
  "/favicon.svg",
];
