import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { removeAtEnd } from "../../scripts/services/reaper";

export const root = path.resolve(fileURLToPath(new URL("../..", import.meta.url)));

/** The programs that are started and killed, as plain JavaScript: `node <file>` starts three times faster than through tsx. */
export interface Programs {
  web: string;
  worker: string;
  victim: string;
}

/**
 * Bundles the entry points of web, worker and victim once, so that all processes of a harness run the same code even when it
 * is edited meanwhile. The bundle is inside the checkout, where it finds its packages. The pages are not built: views are answered
 * before Remix sees them.
 */
export async function bundlePrograms(): Promise<Programs> {
  const place = path.join(root, "node_modules", ".cache", "tidemark-faults", String(process.pid));
  removeAtEnd(place);
  const outDir = path.join(place, "app");
  await build({
    configFile: false,
    root,
    logLevel: "warn",
    resolve: { alias: { "~": path.join(root, "app") } },
    build: {
      ssr: true,
      target: "node20",
      outDir,
      emptyOutDir: true,
      minify: false,
      rollupOptions: {
        input: {
          web: path.join(root, "server/index.ts"),
          worker: path.join(root, "worker/index.ts"),
          victim: path.join(root, "tests/faults/victim.ts"),
        },
        output: { entryFileNames: "[name].js", chunkFileNames: "chunk-[name].js" },
      },
    },
  });
  cpSync(path.join(root, "app/stores/redis/scripts"), path.join(outDir, "scripts"), { recursive: true });
  mkdirSync(path.join(place, "build/server"), { recursive: true });
  writeFileSync(path.join(place, "build/server/index.js"), "export const routes = {};\n");
  writeFileSync(path.join(place, "package.json"), '{"type":"module"}\n');
  const program = (name: string) => path.join(outDir, `${name}.js`);
  return {
    web: program("web"),
    worker: program("worker"),
    victim: program("victim"),
  };
}
