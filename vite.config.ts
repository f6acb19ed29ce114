import { fileURLToPath } from "node:url";
import { vitePlugin as remix } from "@remix-run/dev";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";
import remixConfig from "./remix.config.js";

export default defineConfig({
  plugins: [tailwindcss(), remix(remixConfig)],
  resolve: { alias: { "~": fileURLToPath(new URL("./app", import.meta.url)) } },
  build: { target: "es2022" },
  // The Markdown parser of the runbook is a hundred small modules. In the server's bundle they load ten times faster.
  ssr: { noExternal: [/^(mdast|unist|micromark|decode-named-character|character-entities|devlop)/] },
});
