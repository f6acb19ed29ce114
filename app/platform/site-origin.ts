import type { Env } from "./env";

type PublicUrl = Pick<Env, "PUBLIC_URL">;

/** `https://stories.example`, where PUBLIC_URL says so; only that may be written into pages as the site's address. */
export const publicOrigin = ({ PUBLIC_URL }: PublicUrl): string | undefined =>
  PUBLIC_URL === undefined ? undefined : new URL(PUBLIC_URL).origin;

/** The origin for addresses that must be absolute, in the sitemap: that of PUBLIC_URL, or that of the request. */
export const siteOrigin = (env: PublicUrl, request: Request): string =>
  publicOrigin(env) ?? new URL(request.url).origin;

/** What PUBLIC_URL puts before the paths of links that leave the site; nothing where it is not set. */
export const publicUrlOf = ({ PUBLIC_URL }: PublicUrl): string => PUBLIC_URL?.replace(/\/+$/, "") ?? "";
