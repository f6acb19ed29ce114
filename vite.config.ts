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
    plugins: [tailwindcss(), withoutSingleFetch(), remix(remixConfig)],
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

/** What every page loads, in two files: packages, which change seldom, and our own small modules, which compress better as one. */
const PACKAGES =
  /\/node_modules\/(react|react-dom|scheduler|react-router|react-router-dom|@remix-run|turbo-stream)\//;
const SHELL =
  /\/app\/(ui\/shell\/(error-page|nonce|page-meta|page-style|remembered-page|site-header|theme|theme-toggle|wordmark)|ui\/(stored-preference|time\/(zone|zone-toggle))|shared\/(format|story-paths))\.tsx?$/;

/** The script that sends views has a file of its own, so that its weight can be seen (`reader-page-weight` of the benchmark). */
const TRACKER = /\/app\/pages\/reading\/(view-beacon|visibility)\.ts$/;

const chunkOf = (id: string) =>
  PACKAGES.test(id) ? "react" : SHELL.test(id) ? "shell" : TRACKER.test(id) ? "tracker" : undefined;

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
