import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { RequestHandler } from "express";

/** How a compressed copy's name ends, by the encoding that it has; the best one first. */
const COPIES = { br: ".br", gzip: ".gz" } as const;
const isCopy = (name: string) => Object.values(COPIES).some((ending) => name.endsWith(ending));

interface StaticFile {
  name: string;
  headers: Record<string, string>;
  plain: Buffer;
  /** What the build has compressed (scripts/services/compress-files.ts), if that was worth it. */
  copies: { br?: Buffer; gzip?: Buffer };
}

/**
 * Serves the files that the build made for browsers from memory, some megabytes, compressed as the browser accepts it. Anything
 * else goes on at once, without a look at the disk. Files below /assets/ have a hash in their names and never change.
 */
export function staticFiles(folder: string): RequestHandler {
  const files = new Map(readFiles(folder).map((file) => [`/${file.name}`, file]));
  return (request, response, next) => {
    const file = files.get(request.path);
    if (!file || (request.method !== "GET" && request.method !== "HEAD")) return next();
    response.set(file.headers).type(path.extname(file.name));
    if (request.fresh) return response.status(304).end();
    const accepted = new Set(request.acceptsEncodings());
    const encoding = (["br", "gzip"] as const).find((name) => file.copies[name] && accepted.has(name));
    if (encoding) response.set("Content-Encoding", encoding);
    response.end(request.method === "HEAD" ? undefined : encoding ? file.copies[encoding] : file.plain);
  };
}

function readFiles(folder: string): StaticFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !isCopy(entry.name))
    .map((entry) => {
      const full = path.join(entry.parentPath, entry.name);
      const plain = readFileSync(full);
      const copy = (encoding: keyof typeof COPIES) => {
        const file = full + COPIES[encoding];
        return existsSync(file) ? readFileSync(file) : undefined;
      };
      const name = path.relative(folder, full).split(path.sep).join("/");
      const forHow = name.startsWith("assets/") ? "max-age=31536000, immutable" : "max-age=3600";
      const hash = createHash("sha256").update(plain).digest("base64url").slice(0, 16);
      return {
        name,
        plain,
        copies: { br: copy("br"), gzip: copy("gzip") },
        headers: {
          // Weak, as the compressed copies have the same tag.
          ETag: `W/"${hash}"`,
          "Cache-Control": `public, ${forHow}`,
          Vary: "Accept-Encoding",
          "X-Content-Type-Options": "nosniff",
          "Cross-Origin-Resource-Policy": "same-origin",
        },
      };
    });
}
