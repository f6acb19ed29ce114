import { createRequestHandler } from "@remix-run/express";
import type { ServerBuild } from "@remix-run/node";
import compression from "compression";
import express from "express";
import { createElement } from "react";

/**
 * The site's own Remix build with one more route, `/empty`, which has no parent: its page is a sentence, and its action does
 * nothing. Express and compression are in front of it as in front of the site.
 */
const build = (await import(new URL("../../build/server/index.js", import.meta.url).href)) as ServerBuild;
const id = "routes/empty";
const page = () =>
  createElement(
    "html",
    { lang: "en" },
    createElement("body", null, createElement("p", null, "An empty page.")),
  );
const route = { id, path: "empty", index: undefined, caseSensitive: undefined, parentId: undefined };
const inBrowser = {
  ...route,
  hasAction: true,
  hasLoader: false,
  hasErrorBoundary: false,
  module: "/empty.js",
};

const app = express();
app.disable("x-powered-by");
app.use(compression());
app.all(
  "*",
  createRequestHandler({
    build: {
      ...build,
      routes: {
        ...build.routes,
        [id]: { ...route, module: { default: page, action: () => new Response("{}") } },
      },
      assets: {
        ...build.assets,
        routes: {
          ...build.assets.routes,
          [id]: { ...inBrowser, hasClientAction: false, hasClientLoader: false } as never,
        },
      },
    },
    mode: "production",
    getLoadContext: () => ({ cspNonce: "" }) as never,
  }),
);
app.listen(Number(process.env.PORT), "127.0.0.1");
