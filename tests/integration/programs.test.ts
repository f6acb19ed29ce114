import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { build } from "vite";
import { beforeAll, describe, expect, it } from "vitest";
import { migrationNames } from "../../prisma/migration-files";
import { programs } from "../../scripts/programs.mjs";
import { ended } from "../../scripts/services/process";
import { root } from "../../scripts/services/programs";
import { removeAtEnd } from "../../scripts/services/reaper";
import { isSource } from "../../scripts/sources.mjs";
import { programsConfig } from "../../vite.programs.config";
import { createTestDatabase } from "../support/services";

const place = path.join(root, "node_modules", ".cache", `tidemark-programs-${process.pid}`);
const outDir = path.join(place, "programs");

describe("the compiled programs", () => {
  beforeAll(async () => {
    removeAtEnd(place);
    await build(programsConfig({ ...programs, throws: "tests/support/throws.ts" }, outDir));
  }, 120_000);

  it.each(["web", "worker"])(
    "%s finds its Lua scripts, and stops at the first missing setting",
    async (name) => {
      // The scripts are read before the settings.
      const { code, errors } = await run(name, {});
      expect(errors).toMatch(/^DATABASE_URL: [^\n]*\n$/);
      expect(code).toBe(1);
    },
  );

  it.each(["app/stores/redis/scripts", "prisma/migrations"])("ship %s as they are", (folder) => {
    const copy = path.join(outDir, path.basename(folder));
    expect(readAll(copy)).toEqual(readAll(path.join(root, folder)));
  });

  it("migrate a database", async () => {
    const database = await createTestDatabase();
    await database.pool.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    const settings = { DATABASE_URL: database.url, SESSION_SECRET: "only for tests, as it is written here" };
    const names = await migrationNames();
    expect(await run("migrate", settings)).toMatchObject({
      code: 0,
      output: `Applied: ${names.join(", ")}\n`,
    });
    expect(await run("migrate", settings)).toMatchObject({
      code: 0,
      output: "The database is up to date.\n",
    });
    expect(await run("worker-heartbeat", settings)).toMatchObject({
      code: 1,
      errors: "No worker has reported yet.\n",
    });
    await database.drop();
  });

  it("name the line of the TypeScript file in a stack trace", async () => {
    const file = "tests/support/throws.ts";
    const lines = readFileSync(path.join(root, file), "utf8").split("\n");
    const thrown = lines.findIndex((line) => line.includes("throw new")) + 1;
    const { errors } = await run("throws", {});
    expect(errors).toContain(`${file}:${thrown}:`);
  });

  it("contain no file whose change would leave the build current", () => {
    const maps = readdirSync(outDir).filter((name) => name.endsWith(".map") && !name.startsWith("throws"));
    const files = maps.flatMap((name) => {
      const { sources } = JSON.parse(readFileSync(path.join(outDir, name), "utf8")) as { sources: string[] };
      return sources.map((source) => path.relative(root, path.join(outDir, source)));
    });
    expect(files).toContain("server/index.ts");
    expect(files.filter((file) => !isSource(file))).toEqual([]);
  });
});

async function run(name: string, settings: Record<string, string>) {
  const child = spawn(process.execPath, ["--enable-source-maps", path.join(outDir, `${name}.js`)], {
    cwd: place,
    env: { PATH: process.env.PATH, NODE_ENV: "production", ...settings },
  });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (data) => (output += data));
  child.stderr.on("data", (data) => (errors += data));
  const { code } = await ended(child);
  return { code, output, errors };
}

function readAll(folder: string): Record<string, string> {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(folder, file), readFileSync(file, "utf8")];
    }),
  );
}
