import type { LoaderFunctionArgs } from "@remix-run/node";
import { countSitemapFiles, readSitemapFile } from "~/pages/sitemap/read-sitemap";
import { sitemapIndexXml, urlSetXml } from "~/pages/sitemap/sitemap-xml";
import { notFound } from "~/platform/not-found";
import { siteOrigin } from "~/platform/site-origin";

const HEADERS = { "Content-Type": "application/xml; charset=utf-8", "Cache-Control": "public, max-age=3600" };

/** The public pages for search engines: one file, or an index of `?file=1`, `?file=2`, … if there are too many. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { db, env } = context.runtime;
  const origin = siteOrigin(env, request);
  const files = await countSitemapFiles(db);
  const requested = new URL(request.url).searchParams.get("file");
  if (requested === null && files > 1)
    return new Response(sitemapIndexXml(origin, files), { headers: HEADERS });
  const file = requested === null ? 1 : Number(requested);
  if (!Number.isInteger(file) || file < 1 || file > files) throw notFound("There is no such sitemap file.");
  return new Response(urlSetXml(origin, await readSitemapFile(db, file)), { headers: HEADERS });
}
