import { fileURLToPath } from "node:url";
import { vitePlugin as remix } from "@remix-run/dev";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type Plugin } from "vite";
import remixConfig from "./remix.config.js";
import { buildTargets } from "./scripts/browsers";
import { fontsFolder, subsetFonts } from "./scripts/services/subset-fonts";

export default defineConfig(async ({ isSsrBuild }) => {
  await subsetFonts();
  return {
    plugins: [tailwindcss(), withoutSingleFetch(), keepPages(), remix(remixConfig)],
    resolve: {
      alias: { "~": fileURLToPath(new URL("./app", import.meta.url)), "@fonts": fontsFolder },
    },
    build: {
      target: buildTargets,
      // It also rewrites what older browsers do not know: light-dark(), for example, which would leave them without colours.
      cssMinify: "lightningcss" as const,
      rollupOptions: { output: isSsrBuild ? {} : { manualChunks: chunkOf } },
    },
    // The Markdown parser of the runbook is a hundred small modules. In the server's bundle they load ten times faster.
    ssr: { noExternal: [/^(mdast|unist|micromark|decode-named-character|character-entities|devlop)/] },
  };
});

const KEEPER = "~/ui/shell/keep-page";
/** An error of a proxy, which did not reach the site. */
const THROW_UNANSWERED = "    if (response.status >= 500) throw new Unanswered(String(response.status));";

/** What every page loads, in two files: packages, which change seldom, and our own small modules, which compress better as one. */
const PACKAGES =
  /\/node_modules\/(react|react-dom|scheduler|react-router|react-router-dom|@remix-run|turbo-stream)\//;
const SHELL =
  /\/app\/(ui\/shell\/(error-page|nonce|page-meta|page-style|remembered-page|site-header|theme|theme-toggle|unopened-page-notice|wordmark)|ui\/(stored-preference|time\/(zone|zone-toggle))|shared\/(format|story-paths))\.tsx?$/;

/** It has no imports, and Remix's own code imports it (keepPages below). */
const KEEP_PAGE = /\/app\/ui\/shell\/keep-page\.ts$/;

/** The script that sends views has a file of its own, so that its weight can be seen (`reader-page-weight` of the benchmark). */
const TRACKER = /\/app\/pages\/reading\/(view-beacon|visibility)\.ts$/;

const chunkOf = (id: string) =>
  PACKAGES.test(id) || KEEP_PAGE.test(id)
    ? "react"
    : SHELL.test(id)
      ? "shell"
      : TRACKER.test(id)
        ? "tracker"
        : undefined;

/** Remix bundles "single fetch" for browsers, though the site does not use it (remix.config.js): 3 KB that no page needs. */
function withoutSingleFetch(): Plugin {
  const off = `() => { throw new Error("Single fetch is off: see withoutSingleFetch in vite.config.ts."); }`;
  return {
    name: "tidemark:without-single-fetch",
    enforce: "pre",
    resolveId: (id, _importer, { ssr }) => (id === "turbo-stream" && !ssr ? `\0${id}` : undefined),
    load: (id) =>
      id === "\0turbo-stream" ? `export const decode = ${off};\nexport const encode = ${off};` : undefined,
  };
}

/**
 * Puts the functions of app/ui/shell/keep-page.ts around, or in place of, those with which Remix asks the site for something in the
 * browser: a page then outlives a network that is away and a deploy. The build fails when Remix no longer has them.
 */
function keepPages(): Plugin {
  const changes: Record<string, [from: string, to: string][]> = {
    "data.js": [
      [
        "  if (isNetworkErrorResponse(response)) {",
        `  if (isNetworkErrorResponse(response)) {\n${THROW_UNANSWERED}`,
      ],
      [" fetchData,", " keptFetchData as fetchData,"],
    ],
    "fog-of-war.js": [
      [" getPatchRoutesOnNavigationFunction,", " keptDiscovery as getPatchRoutesOnNavigationFunction,"],
    ],
    "routeModules.js": [["export { loadRouteModule }", `export { loadRouteModule } from "${KEEPER}"`]],
  };
  const additions: Record<string, string> = {
    "data.js": `import { keepData, Unanswered } from "${KEEPER}";\nconst keptFetchData = keepData(fetchData);\n`,
    "fog-of-war.js": `import { keepDiscovery } from "${KEEPER}";\nconst keptDiscovery = keepDiscovery(getPatchRoutesOnNavigationFunction);\n`,
  };
  return {
    name: "tidemark:keep-pages",
    enforce: "pre",
    transform(code, id, { ssr } = {}) {
      const name = /\/@remix-run\/react\/dist\/esm\/([\w-]+\.js)$/.exec(id)?.[1];
      const parts = name && !ssr ? changes[name] : undefined;
      if (!name || !parts) return;
      let changed = code;
      for (const [from, to] of parts) {
        if (!changed.includes(from)) this.error(`Remix has changed: ${name} no longer contains "${from}".`);
        // The last one: exports come last.
        const at = changed.lastIndexOf(from);
        changed = changed.slice(0, at) + to + changed.slice(at + from.length);
      }
      return { code: changed + (additions[name] ?? ""), map: null };
    },
  };
}
