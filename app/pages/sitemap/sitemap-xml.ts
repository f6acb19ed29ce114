import { escapeXml } from "~/shared/escape-xml";
import type { SitemapEntry } from "./read-sitemap";

const NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9";
const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A sitemap file; `origin` is the site's, without a trailing slash. */
export const urlSetXml = (origin: string, entries: SitemapEntry[]) =>
  `${HEAD}<urlset xmlns="${NAMESPACE}">\n${entries.map((entry) => urlXml(origin, entry)).join("")}</urlset>\n`;

/** The list of `files` sitemap files, for sites too large for one. */
export function sitemapIndexXml(origin: string, files: number): string {
  const locations = Array.from(
    { length: files },
    (_, index) => `<sitemap><loc>${escapeXml(`${origin}/sitemap.xml?file=${index + 1}`)}</loc></sitemap>\n`,
  );
  return `${HEAD}<sitemapindex xmlns="${NAMESPACE}">\n${locations.join("")}</sitemapindex>\n`;
}

function urlXml(origin: string, { path, changedAt }: SitemapEntry) {
  const lastmod = changedAt ? `<lastmod>${changedAt.toISOString()}</lastmod>` : "";
  return `<url><loc>${escapeXml(origin + path)}</loc>${lastmod}</url>\n`;
}
