import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { tooNewInScript, tooNewInStyles } from "../support/too-new";

const folder = path.join("build", "client", "assets");
const READERS_ROUTES = ["root", "routes/_index", "routes/story.$slug", "routes/story.$slug_.chapter.$number"];

/** Newer features that pages do without where they are missing, and why that is so. */
const OPTIONAL: Record<string, string> = {
  ".createContext()": "React's, of that name",
  ".format()": "Intl's; a method of that name is new elsewhere",
  ".skipTransition()": "React Router asks whether there are view transitions, and the site uses none",
  ".startViewTransition()": "the same",
  "navigator.connection": "Remix asks whether it is there",
  "navigator.scheduling": "React asks whether it is there",
  "document.prerendering": "undefined, as good as false, in browsers that do not prerender",
  ":-webkit-inner-spin-button": "Tailwind's reset of number fields; readers' pages have none",
  ":selection": "a colour that iOS does not take",
  "@property": "Tailwind sets the same variables without it where it is missing",
};

/** The scripts and style sheets of readers' pages as the build made them, and everything they import. */
function readersFiles(): string[] {
  const manifestFile = readdirSync(folder).find((name) => /^manifest-.*\.js$/.test(name));
  if (!manifestFile)
    throw new Error("There is no build in build/: run `npm run build` first, or `npm test`, which does.");
  const manifest = JSON.parse(
    readFileSync(path.join(folder, manifestFile), "utf8")
      .replace(/^window\.__remixManifest=/, "")
      .replace(/;$/, ""),
  ) as { entry: Part; routes: Record<string, Part & { css?: string[] }> };
  const parts = [manifest.entry, ...READERS_ROUTES.map((id) => manifest.routes[id])];
  const files = new Set<string>();
  const add = (name: string) => {
    if (files.has(name)) return;
    files.add(name);
    if (!name.endsWith(".js")) return;
    const code = readFileSync(path.join(folder, name), "utf8");
    for (const [, imported = ""] of code.matchAll(/(?:from|import)\s*\(?["']\.\/([^"']+)["']/g))
      add(imported);
  };
  for (const part of parts) {
    if (!part) throw new Error("The build lacks a reader's page.");
    for (const address of [part.module, ...part.imports, ...(part.css ?? [])]) add(path.basename(address));
  }
  return [...files];
}

interface Part {
  module: string;
  imports: string[];
  css?: string[];
}

const read = (name: string) => readFileSync(path.join(folder, name), "utf8");

describe("readers' pages in the oldest browsers that package.json names", () => {
  it("use no API that is missing there", () => {
    const scripts = readersFiles().filter((name) => name.endsWith(".js"));
    expect(scripts.length).toBeGreaterThan(5);
    const found = scripts.flatMap((name) =>
      tooNewInScript(read(name)).flatMap((api) => (api in OPTIONAL ? [] : [`${name}: ${api}`])),
    );
    expect(found).toEqual([]);
  });

  it("use no style that is not understood there", () => {
    const styles = readersFiles().filter((name) => name.endsWith(".css"));
    expect(styles.length).toBeGreaterThan(0);
    expect(
      styles.flatMap((name) =>
        tooNewInStyles(read(name)).flatMap((what) => (what in OPTIONAL ? [] : [what])),
      ),
    ).toEqual([]);
  });

  it("would be told of one", () => {
    const code = `URL.canParse(a); b.toSorted(); navigator.locks.request(c); new URLPattern(d); Object.groupBy(e, f); g.union(h);
      navigator.setAppBadge(1); Promise.withResolvers(); requestIdleCallback(i); j.map(k).at(-1).replaceAll("l", "m")`;
    expect(tooNewInScript(code)).toEqual([
      ".canParse()",
      ".groupBy()",
      ".setAppBadge()",
      ".union()",
      ".withResolvers()",
      "Object.groupBy",
      "Promise.withResolvers",
      "URL.canParse",
      "URLPattern",
      "navigator.setAppBadge",
      "window.requestIdleCallback",
    ]);
    expect(
      tooNewInStyles(
        "a:has(b){color:light-dark(red,blue)}@starting-style{c:hover{color:color-mix(in oklab,red,blue)}}",
      ),
    ).toEqual([":has", "@starting-style", "light-dark()"]);
  });
});
