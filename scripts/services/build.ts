import path from "node:path";
import { fingerprint, forgetBuild, recordBuild } from "../sources.mjs";
import { compressFiles } from "./compress-files";
import { ended } from "./process";
import { spawnReaped } from "./reaper";

export { buildIsCurrent } from "../sources.mjs";

const remix = path.join("node_modules", "@remix-run", "dev", "dist", "cli.js");
const vite = path.join("node_modules", "vite", "bin", "vite.js");

/**
 * Builds the site for production: the pages (build/client, build/server) and then the programs (build/programs), since Remix
 * empties the whole folder when it begins. Files for browsers get compressed copies.
 * @throws Error with the whole output when it fails.
 */
export async function build(): Promise<void> {
  const before = fingerprint();
  forgetBuild();
  await run([remix, "vite:build"]);
  await run([vite, "build", "--config", "vite.programs.config.ts"]);
  await compressFiles(path.join("build", "client"));
  recordBuild(before);
}

async function run(args: string[]): Promise<void> {
  const child = spawnReaped(process.execPath, args, {
    env: { ...process.env, NODE_ENV: "production" },
    detached: true,
    endWith: "SIGKILL",
    outputs: ["pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => (output += data));
  const { code } = await ended(child);
  if (code !== 0) throw new Error(`The build failed:\n${output.trim()}`);
}
