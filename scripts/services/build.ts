import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ended } from "./process";
import { spawnReaped } from "./reaper";

const sources = ["app", "public", "vite.config.ts", "remix.config.js", "tsconfig.json", "package-lock.json"];
const stamp = path.join("build", ".tidemark-sources");

/** Whether build/ was built from the sources as they are now. */
export function buildIsCurrent(): boolean {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint();
}

/**
 * Builds the site for production.
 * @throws Error with the whole output when it fails.
 */
export async function build(): Promise<void> {
  const before = fingerprint();
  const cli = path.join("node_modules", "@remix-run", "dev", "dist", "cli.js");
  const child = spawnReaped(process.execPath, [cli, "vite:build"], {
    env: { ...process.env, NODE_ENV: "production" },
    detached: true,
    endWith: "SIGKILL",
    outputs: ["pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => (output += data));
  const { code } = await ended(child);
  if (code !== 0) throw new Error(`The build failed:\n${output.trim()}`);
  writeFileSync(stamp, before);
}

function fingerprint(): string {
  const hash = createHash("sha256");
  for (const file of sources.flatMap(filesUnder))
    hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

function filesUnder(place: string): string[] {
  if (!existsSync(place)) return [];
  const entries = place.includes(".")
    ? undefined
    : readdirSync(place, { withFileTypes: true, recursive: true });
  if (!entries) return [place];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
