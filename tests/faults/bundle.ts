import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "vite";
import { programs } from "../../scripts/programs.mjs";
import { root } from "../../scripts/services/programs";
import { removeAtEnd } from "../../scripts/services/reaper";
import { programsConfig } from "../../vite.programs.config";

export { root };

/** The programs that are started and killed, as JavaScript: they start three times faster than through tsx. */
export interface Programs {
  web: string;
  worker: string;
  victim: string;
}

/**
 * Compiles web, worker and victim once, as production does, so that all processes of a harness run the same code even when it is
 * edited meanwhile. The result is inside the checkout, where it finds its packages. The pages are not built: views are answered
 * before Remix sees them.
 */
export async function bundlePrograms(): Promise<Programs> {
  const place = path.join(root, "node_modules", ".cache", "tidemark-faults", String(process.pid));
  removeAtEnd(place);
  const outDir = path.join(place, "programs");
  const { web, worker } = programs;
  await build(programsConfig({ web, worker, victim: "tests/faults/victim.ts" }, outDir));
  mkdirSync(path.join(place, "server"), { recursive: true });
  writeFileSync(path.join(place, "server", "index.js"), "export const routes = {};\n");
  writeFileSync(path.join(place, "package.json"), '{"type":"module"}\n');
  const program = (name: string) => path.join(outDir, `${name}.js`);
  return { web: program("web"), worker: program("worker"), victim: program("victim") };
}
