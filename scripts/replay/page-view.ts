import { asText, CONTROL, type LoggedRequest } from "./request";

/** Names of files that are pages. Everything else with a dot in its last segment is a file: style sheets, pictures, feeds. */
const PAGE_EXTENSIONS = ["html", "htm", "xhtml", "shtml", "php", "asp", "aspx", "jsp"];

/**
 * The path of a page view, or null for any other request. A page view is a GET answered with 200 or 304, with HTML if the log names
 * a content type, whose last path segment has no extension or a page's. The query string is removed first, then the segment is
 * checked, and only then are trailing slashes removed: `/talks/logstash-1.0/` is a directory and so a page, but
 * `/talks/logstash-1.0` is a file.
 */
export function pageOf(request: LoggedRequest, moreExtensions: readonly string[] = []): string | null {
  const { method, target, status, type } = request;
  if (method !== "GET" || (status !== 200 && status !== 304)) return null;
  if (type !== undefined && !/^(?:text\/html|application\/xhtml\+xml)\b/i.test(type)) return null;
  // A request through a proxy has the whole address.
  const origin = /^https?:\/\/[^/?#]*/i.exec(target)?.[0];
  const path = target.slice(origin?.length ?? 0).replace(/[?#].*$/s, "") || (origin ? "/" : "");
  if (!path.startsWith("/")) return null;
  const segment = path.slice(path.lastIndexOf("/") + 1);
  const extension = segment.includes(".") ? segment.slice(segment.lastIndexOf(".") + 1).toLowerCase() : null;
  if (extension !== null && !PAGE_EXTENSIONS.includes(extension) && !moreExtensions.includes(extension))
    return null;
  return samePath(path);
}

/**
 * One spelling for the spellings of one page: slashes that follow a slash are dropped, as nginx and Apache do, and letters, digits, `-`,
 * `.`, `_`, `~` and characters beyond ASCII are not percent-encoded. Case stays: most servers tell `/A` and `/a` apart.
 */
function samePath(path: string): string {
  const merged = asText(path.replace(/\/{2,}/g, "/").replace(/(?<=.)\/$/, ""));
  const spelt = merged.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    run.replace(/%([2-7][0-9a-f])/gi, decodeUnreserved).replace(/(?:%[89a-f][0-9a-f])+/gi, decodeUtf8),
  );
  return spelt.replace(new RegExp(CONTROL, "g"), encodeURIComponent);
}

function decodeUnreserved(encoded: string): string {
  const character = decodeURIComponent(encoded);
  return /[a-z0-9._~-]/i.test(character) ? character : encoded.toUpperCase();
}

function decodeUtf8(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded.toUpperCase();
  }
}
