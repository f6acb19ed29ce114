import type { Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { gfmTable } from "micromark-extension-gfm-table";

/** Parses Markdown, tables included, into a tree of plain objects. Pure; it never fails, and it produces no HTML. */
export function parseRunbook(markdown: string): Root {
  const root = fromMarkdown(markdown, {
    extensions: [gfmTable()],
    mdastExtensions: [gfmTableFromMarkdown()],
  });
  // Positions in the source would double what the page sends to the browser.
  return JSON.parse(JSON.stringify(root, (key, value) => (key === "position" ? undefined : value))) as Root;
}
