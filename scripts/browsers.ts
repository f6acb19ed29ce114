import packageJson from "../package.json" with { type: "json" };

/** A browser and its oldest version in which pages must work, from `browserslist` in package.json: `{ name: "safari", version: "16.4" }`. */
export const oldestBrowsers = packageJson.browserslist.map((entry) => {
  const [name = "", version = ""] = entry.split(" ");
  return { name, version };
});

/** The same for Vite: `safari16.4`. */
export const buildTargets = oldestBrowsers.map(
  ({ name, version }) => `${name === "ios_saf" ? "ios" : name}${version}`,
);
