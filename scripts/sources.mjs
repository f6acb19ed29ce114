// Plain JavaScript, because the launcher (run.mjs) uses it before it knows whether tsx is needed.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Everything that goes into build/. The generated Prisma client is left out: the schema and the lock file determine it. */
const sources = [
  "app",
  "server",
  "worker",
  "scripts",
  "prisma",
  "public",
  "docs/troubleshooting.md",
  "vite.config.ts",
  "vite.programs.config.ts",
  "remix.config.js",
  "tsconfig.json",
  "package.json",
  "package-lock.json",
];
const generated = path.join("prisma", "client");
const stamp = path.join("build", ".tidemark-sources");

/** Whether build/ was built, completely, from the sources as they are now. */
export function buildIsCurrent(checkout = ".") {
  const file = path.join(checkout, stamp);
  return existsSync(file) && readFileSync(file, "utf8") === fingerprint(checkout);
}

/**
 * Whether a change to this file makes the build stale.
 * @param {string} file its path from the root of the checkout
 */
export function isSource(file) {
  return sources.some((source) => file === source || file.startsWith(`${source}/`));
}

/** Forgets what build/ was built from, because it is about to change: a build that is cut short must not count as current. */
export function forgetBuild(checkout = ".") {
  rmSync(path.join(checkout, stamp), { force: true });
}

/**
 * Records what build/ was built from.
 * @param {string} before the fingerprint of the sources before the build: an edit during the build makes it stale.
 */
export function recordBuild(before) {
  writeFileSync(stamp, before);
}

/** A hash of all files that go into build/, names and contents. */
export function fingerprint(checkout = ".") {
  const hash = createHash("sha256");
  for (const file of sources.flatMap((source) => filesUnder(checkout, source)))
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(checkout, file)))
      .update("\0");
  return hash.digest("hex");
}

/**
 * @param {string} checkout
 * @param {string} place a file or folder in it
 * @returns {string[]}
 */
function filesUnder(checkout, place) {
  const full = path.join(checkout, place);
  if (place === generated || !existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [place];
  return readdirSync(full)
    .sort()
    .flatMap((name) => filesUnder(checkout, path.join(place, name)));
}
