import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";

/** Pages that were rendered once, to be sent again while nothing on them has changed. */
export interface PageMemory {
  /**
   * Returns the page of a path with its blanks filled in. `data` is everything that the page shows, so that another draft, title
   * or chapter is another page; `render` is called when it differs from the last time. `render` writes each blank with the
   * function that it gets, and `fill` returns the HTML for it.
   */
  page(
    path: string,
    data: string,
    render: (blank: (name: string) => string) => string,
    fill: (name: string) => string,
  ): string;
}

interface Page {
  data: string;
  /** HTML and names of blanks, in turns. */
  pieces: string[];
}

/** Creates a memory of pages with up to `maxCharacters` of HTML and data in total; the pages not asked for lately are dropped. */
export function createPageMemory(maxCharacters: number): PageMemory {
  // Nothing that an author writes can look like a blank.
  const mark = randomBytes(12).toString("hex");
  const blank = (name: string) => `${mark}${name}${mark}`;
  const pages = new LRUCache<string, Page>({
    maxSize: maxCharacters,
    sizeCalculation: ({ data, pieces }, path) =>
      pieces.reduce((sum, piece) => sum + piece.length, path.length + data.length + 1),
  });

  return {
    page(path, data, render, fill) {
      let page = pages.get(path);
      if (page?.data !== data) {
        page = { data, pieces: render(blank).split(mark) };
        pages.set(path, page);
      }
      let html = "";
      for (const [i, piece] of page.pieces.entries()) html += i % 2 === 0 ? piece : fill(piece);
      return html;
    },
  };
}
