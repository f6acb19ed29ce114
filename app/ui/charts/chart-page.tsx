import { createContext, useContext } from "react";

/** What all charts of one page share. */
export interface ChartPage {
  /** When the page was read, ISO: times in titles are then in the viewer's zone. */
  now?: string;
  /** Charts with the same name show the pointer at the same time. */
  syncId?: string;
  /** Shows a range (Unix ms) instead of the page's; without it, dragging does nothing. */
  zoomTo?(from: number, to: number): void;
  /** Where views were counted in a span (Unix ms), at worst, and why; null if that is unknown. */
  modeAt?(from: number, to: number): { mode: string; reason: string } | null;
}

const Page = createContext<ChartPage>({});

/** Gives the charts of a page what they share. */
export const ChartPageProvider = Page.Provider;

/** What this page's charts share; empty on pages that say nothing. */
export const useChartPage = () => useContext(Page);
