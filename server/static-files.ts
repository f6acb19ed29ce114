import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { RequestHandler } from "express";
import { LRUCache } from "lru-cache";

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

/** What the build calls a file with a hash in its name. */
const HASHED = /^\/assets\/([\w.-]*-[\w-]{8}\.[a-z0-9]+)$/;
/** Files of earlier versions are held in memory up to this size in total, bytes. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

/**
 * Serves the files that the build made for browsers from memory, some megabytes, compressed as the browser accepts it. Files below
 * /assets/ have a hash in their names and never change; those of earlier versions are served from the folder `kept`. Anything else
 * goes on at once, without a look at the disk.
 */
export function staticFiles(folder: string, kept: string): RequestHandler {
  const files = new Map(readFiles(folder).map((file) => [`/${file.name}`, file]));
  const earlier = new LRUCache<string, StaticFile>({
    maxSize: MAX_KEPT_BYTES,
    sizeCalculation: ({ plain, copies }) =>
      1 + plain.length + (copies.br?.length ?? 0) + (copies.gzip?.length ?? 0),
  });
  const findEarlier = (name: string) => {
    const known = earlier.get(name);
    if (known || !existsSync(path.join(kept, name))) return known;
    const file = readFile(path.join(kept, name), `assets/${name}`);
    earlier.set(name, file);
    return file;
  };
  return (request, response, next) => {
    if (request.method !== "GET" && request.method !== "HEAD") return next();
    let file = files.get(request.path);
    if (!file) {
      const name = HASHED.exec(request.path)?.[1];
      file = name ? findEarlier(name) : undefined;
    }
    if (!file) return next();
    response.set(file.headers).type(path.extname(file.name));
    if (request.fresh) return response.status(304).end();
    const accepted = new Set(request.acceptsEncodings());
    const { copies, plain } = file;
    const encoding = (["br", "gzip"] as const).find((name) => copies[name] && accepted.has(name));
    if (encoding) response.set("Content-Encoding", encoding);
    response.end(request.method === "HEAD" ? undefined : encoding ? copies[encoding] : plain);
  };
}

const readFiles = (folder: string): StaticFile[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !isCopy(entry.name))
    .map((entry) => {
      const full = path.join(entry.parentPath, entry.name);
      return readFile(full, path.relative(folder, full).split(path.sep).join("/"));
    });

function readFile(full: string, name: string): StaticFile {
  const plain = readFileSync(full);
  const copy = (encoding: keyof typeof COPIES) => {
    const file = full + COPIES[encoding];
    return existsSync(file) ? readFileSync(file) : undefined;
  };
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
}
