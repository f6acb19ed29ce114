import { useMatches } from "@remix-run/react";

/** Readers' pages are set like a book; editors' and operators' pages are a console: dense, and in the sans-serif. */
export type PageStyle = "reader" | "console";

/** For a route of the editors' and operators' side: `export const handle = consolePage;` */
export const consolePage: { pageStyle: PageStyle } = { pageStyle: "console" };

/** The style of the page that is shown: a console where any of its routes says so. */
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
