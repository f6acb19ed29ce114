// `node --enable-source-maps scripts/run.mjs <program> …` runs one of our programs: compiled if build/ is current, else from
// its source with tsx. It runs in this process, because starting a second one would cost time.
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compiledDir, programs } from "./programs.mjs";
import { buildIsCurrent } from "./sources.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const name = process.argv[2];
const source = programs[name];
if (source === undefined) fail(`Give one of these programs: ${Object.keys(programs).join(", ")}.`);

process.chdir(root);
const compiled = buildIsCurrent();
const file = path.join(root, compiled ? path.join(compiledDir, `${name}.js`) : source);
// The program finds its own arguments where it would if Node had run it.
process.argv.splice(1, 2, file);
if (!compiled) await registerTsx();
await import(pathToFileURL(file).href);

async function registerTsx() {
  const tsx = await import("tsx/esm/api").catch(() =>
    fail(
      "build/ is missing or older than the sources, and tsx, which would run the sources, is not installed: run npm run build.",
    ),
  );
  tsx.register();
}

function fail(line) {
  console.error(line);
  process.exit(1);
}
