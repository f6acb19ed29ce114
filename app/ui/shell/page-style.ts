import { useMatches } from "@remix-run/react";

/** Readers' pages are set like a book; editors' and operators' pages are a console: dense, in a sans-serif. */
export type PageStyle = "reader" | "console";

/** For a route of the editors' or operators' pages: `export const handle = consolePage;` */
export const consolePage: { pageStyle: PageStyle } = { pageStyle: "console" };

/** The style of the current page: a console if any of its routes is one. */
export function usePageStyle(): PageStyle {
  const isConsole = useMatches().some(
    ({ handle }) =>
      typeof handle === "object" &&
      handle !== null &&
      "pageStyle" in handle &&
      handle.pageStyle === "console",
  );
  return isConsole ? "console" : "reader";
}
