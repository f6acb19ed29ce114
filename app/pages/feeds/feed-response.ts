import { createHash } from "node:crypto";

/** Feed readers ask every hour or so; a chapter is announced within this time, s. */
const MAX_AGE = 900;

/** Answers with a feed, or with 304 when the reader has it already. */
export function feedResponse(request: Request, xml: string): Response {
  const etag = `"${createHash("sha256").update(xml).digest("base64url").slice(0, 22)}"`;
  const headers = {
    "Content-Type": "application/atom+xml; charset=utf-8",
    "Cache-Control": `public, max-age=${MAX_AGE}`,
    ETag: etag,
  };
  const known = request.headers
    .get("If-None-Match")
    ?.split(",")
    .map((tag) => tag.trim().replace(/^W\//, ""));
  if (known?.includes(etag)) return new Response(null, { status: 304, headers });
  return new Response(xml, { headers });
}
