import { parseUrl } from "~/shared/parse-url";

const HERE = "http://here.invalid";

/**
 * Where to go after the log-in: `next` if it is a path of this site, else `/`. Addresses that another site could smuggle in
 * (`//evil.example`, `/\evil.example`, `https:evil.example`, `/.//evil.example`) lead to `/`.
 */
export function safeRedirect(next: FormDataEntryValue | null | undefined): string {
  if (typeof next !== "string" || !next.startsWith("/")) return "/";
  const url = parseUrl(next, HERE);
  if (url?.origin !== HERE || url.pathname.startsWith("//")) return "/";
  return url.pathname + url.search + url.hash;
}
