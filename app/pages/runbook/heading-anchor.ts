import type { Heading, Nodes } from "mdast";

/** The anchor that GitHub gives a heading, so that a link to it works there and here. */
export const headingAnchor = (heading: Heading) =>
  textOf(heading)
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .trim()
    .replace(/\s+/g, "-");

const textOf = (node: Nodes): string => {
  if ("children" in node) return node.children.map(textOf).join("");
  return "value" in node ? node.value : "";
};
