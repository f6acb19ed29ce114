import { parseUrl } from "../app/shared/parse-url";

/** Most addresses of the site. They need no look by a URL parser, which costs a microsecond. */
const PLAIN = /^(?:\/[\w~-]+)*\/?(?:\?[\w~=&+.%-]*)?$/;

/** What a parser cuts off, skips or ends at: white space, control characters, and the mark of a fragment. */
const CUT = /[\0-\x20\x7f\s#]/;

/**
 * Whether a request's target has the one spelling that every parser reads alike. Express, the router of the pages and a URL parser
 * differ about dot segments (`/x/../login`, `/%2e/login`), backslashes, a second slash in front and broken percent-encoding: a rule that
 * looks at the path with one of them must not be walked around by a spelling that another reads otherwise.
 */
export function isCanonicalPath(target: string): boolean {
  if (PLAIN.test(target)) return target !== "";
  if (!target.startsWith("/") || target.startsWith("//") || CUT.test(target)) return false;
  const [path = ""] = target.split("?", 1);
  return parseUrl(`http://site.invalid${target}`)?.pathname === path && isWellEncoded(path);
}

function isWellEncoded(path: string) {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
