import { cpSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type InlineConfig } from "vite";
import { compiledDir, programs } from "./scripts/programs.mjs";

const root = fileURLToPath(new URL(".", import.meta.url));

/** What the programs read at run time, as files beside them. */
const filesBeside = {
  scripts: "app/stores/redis/scripts",
  migrations: "prisma/migrations",
  "schema.prisma": "prisma/schema.prisma",
};

/**
 * How programs (the values of `entries`: source files) become JavaScript in `outDir`, for production and for the fault harness.
 * Packages are not bundled, so `outDir` must be inside the checkout. Vite empties it first.
 */
export function programsConfig(entries: Record<string, string>, outDir: string): InlineConfig {
  return {
    configFile: false,
    root,
    logLevel: "warn",
    publicDir: false,
    resolve: { alias: { "~": path.join(root, "app") } },
    build: {
      ssr: true,
      target: "node20",
      outDir,
      emptyOutDir: true,
      minify: false,
      // `node --enable-source-maps` then names the TypeScript file and line in a stack trace.
      sourcemap: true,
      rollupOptions: {
        input: Object.fromEntries(
          Object.entries(entries).map(([name, file]) => [name, path.join(root, file)]),
        ),
        output: {
          entryFileNames: "[name].js",
          // Flat, because some modules find files (`filesBeside`) and the checkout relative to themselves.
          chunkFileNames: "chunk-[name]-[hash].js",
          // The maps then hold positions only. Node parses a map with the file that it belongs to, so size costs time.
          sourcemapExcludeSources: true,
        },
      },
    },
    plugins: [
      {
        name: "tidemark:files-beside",
        writeBundle() {
          for (const [name, place] of Object.entries(filesBeside))
            cpSync(path.join(root, place), path.join(outDir, name), { recursive: true });
        },
      },
    ],
  };
}

export default defineConfig(programsConfig(programs, path.join(root, compiledDir)));
