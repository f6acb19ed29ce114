import { spawn } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, expect, it } from "vitest";
import { ended } from "../../scripts/services/process";
import { root } from "../../scripts/services/programs";
import { scratchFolder } from "../../scripts/services/reaper";
import { buildIsCurrent, fingerprint, forgetBuild } from "../../scripts/sources.mjs";

/** A checkout with the real launcher and one program, which prints in which form it runs. */
let checkout: string;
beforeEach(() => {
  checkout = scratchFolder("run");
  for (const folder of ["scripts", "build/programs"])
    mkdirSync(path.join(checkout, folder), { recursive: true });
  for (const name of ["run.mjs", "programs.mjs", "sources.mjs"])
    cpSync(path.join(root, "scripts", name), path.join(checkout, "scripts", name));
  write("package.json", '{"type":"module"}');
  write(
    "scripts/account.ts",
    'const form: string = "source";\nconsole.log(form, ...process.argv.slice(2));\n',
  );
  write("build/programs/account.js", 'console.log("compiled", ...process.argv.slice(2));\n');
  write("build/.tidemark-sources", fingerprint(checkout));
});

it("runs the compiled program, with its arguments, when build/ is current", async () => {
  expect(await launch("account", "--email", "a@b.c")).toBe("compiled --email a@b.c\n");
});

it.each<[string, () => void]>([
  ["a source has changed", () => write("scripts/account.ts", 'console.log("source" as string, "-x");\n')],
  ["a source is new", () => write("scripts/other.ts", "")],
  ["the lock file is new", () => write("package-lock.json", "{}")],
  ["a build was cut short", () => forgetBuild(checkout)],
])("never runs a stale program: %s", async (_why, change) => {
  change();
  expect(buildIsCurrent(checkout)).toBe(false);
  symlinkSync(path.join(root, "node_modules"), path.join(checkout, "node_modules"));
  expect(await launch("account", "-x")).toBe("source -x\n");
});

it("says what to do when neither a current build nor tsx is there", async () => {
  forgetBuild(checkout);
  expect(await launch("account")).toMatch(
    /^build\/ is missing or older than the sources, .* run npm run build\.\n$/,
  );
});

it("names the programs when it knows none of that name", async () => {
  expect(await launch("acount")).toMatch(/^Give one of these programs: web, worker, /);
});

function write(file: string, text: string) {
  writeFileSync(path.join(checkout, file), text);
}

async function launch(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, ["--enable-source-maps", "scripts/run.mjs", ...args], {
    cwd: checkout,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: "test" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  await ended(child);
  return output;
}
