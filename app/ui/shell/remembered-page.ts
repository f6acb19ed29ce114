import { createContext, useContext } from "react";

/**
 * For a route whose pages are remembered by the server once they are rendered for signed-out readers: `export const handle =
 * rememberedPage;`. Its page must depend on nothing but its path and its loaders' data. What changes with every reader, the
 * numbers in the loader's `reads`, must be written with `useBlank`.
 */
export const rememberedPage = { remembered: true };

/** Writes a blank, which the server fills in whenever it sends the remembered page. Null where values are written at once. */
export const Blank = createContext<((name: string) => string) | null>(null);

/** How to write a blank into the page that is being rendered, or null. */
export const useBlank = () => useContext(Blank);
