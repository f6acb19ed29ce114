import { useMatches } from "@remix-run/react";

/** Readers' pages are a book, editors' and operators' pages an instrument. */
export type PageStyle = "book" | "instrument";

/** For a route of the editors' and operators' side: `export const handle = instrument;` */
export const instrument: { mood: PageStyle } = { mood: "instrument" };

export function usePageStyle(): PageStyle {
  const isInstrument = useMatches().some(
    ({ handle }) =>
      typeof handle === "object" && handle !== null && "mood" in handle && handle.mood === "instrument",
  );
  return isInstrument ? "instrument" : "book";
}
