import { readFileSync } from "node:fs";
import type { Root } from "mdast";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { RULE_TYPES } from "../../app/alerts/rule-types/all-rules";
import { headingAnchor } from "../../app/pages/runbook/heading-anchor";
import { parseRunbook } from "../../app/pages/runbook/parse-runbook";
import { RunbookView } from "../../app/pages/runbook/runbook-view";

const source = readFileSync("docs/troubleshooting.md", "utf8");
const runbook = parseRunbook(source);
const anchors = runbook.children.flatMap((node) => (node.type === "heading" ? headingAnchor(node) : []));
const render = (document: Root) => renderToStaticMarkup(createElement(RunbookView, { document }));

describe("the runbook", () => {
  it.each(RULE_TYPES.map(({ kind, runbook: anchor }) => [kind, anchor]))(
    "has a section for %s: %s",
    (_kind, anchor) => {
      expect(anchors).toContain(anchor);
    },
  );

  it("shows every word of the document, and every link within it leads to a heading", () => {
    const words = (text: string) => text.replace(/[^A-Za-z]+/g, " ").trim();
    const shown = words(render(runbook).replace(/<[^>]*>/g, " "));
    for (const line of [
      "Never",
      "What to do",
      "readCount",
      "JOURNAL_DIR",
      "Restarting a worker is always safe",
    ])
      expect(shown.includes(words(line)), line).toBe(words(source).includes(words(line)));
    const links = [...JSON.stringify(runbook).matchAll(/"url":"#([^"]+)"/g)].map(([, anchor]) => anchor);
    expect(links).not.toEqual([]);
    for (const anchor of links) expect(anchors).toContain(anchor);
  });

  it("parses headings, prose, code, lists and tables, and shows HTML as text", () => {
    const parsed = parseRunbook(
      "# A `b`\n\nOne\ntwo **three** [four](#a-b).\n\n```sh\n# not a heading\n| no table\n```\n\n- x\n  y\n- z\n\n| h | i |\n| --- | --- |\n| `a\\|b` | <b> |\n",
    );
    const [heading, paragraph, code, list, table] = parsed.children;
    expect(parsed.children.map((node) => node.type)).toEqual([
      "heading",
      "paragraph",
      "code",
      "list",
      "table",
    ]);
    expect(heading).toMatchObject({ depth: 1 });
    expect(heading?.type === "heading" && headingAnchor(heading)).toBe("a-b");
    expect(paragraph).toMatchObject({
      children: [
        { type: "text", value: "One\ntwo " },
        { type: "strong", children: [{ value: "three" }] },
        { type: "text", value: " " },
        { type: "link", url: "#a-b", children: [{ value: "four" }] },
        { type: "text", value: "." },
      ],
    });
    expect(code).toMatchObject({ value: "# not a heading\n| no table" });
    expect(list).toMatchObject({
      children: [
        { children: [{ children: [{ value: "x\ny" }] }] },
        { children: [{ children: [{ value: "z" }] }] },
      ],
    });
    expect(table).toMatchObject({
      children: [
        { children: [{}, {}] },
        { children: [{ children: [{ type: "inlineCode", value: "a|b" }] }, {}] },
      ],
    });
    const html = render(parsed);
    expect(html).toContain("&lt;b&gt;");
    expect(html).not.toContain("<b>");
    expect(html).toContain('href="#a-b"');
  });

  it("links only anchors and https addresses", () => {
    const html = render(
      parseRunbook("[a](#x) [b](https://x.example/) [c](other.md) [d](javascript:alert(1)) [e](http://x/)"),
    );
    expect([...html.matchAll(/href="([^"]*)"/g)].map(([, url]) => url)).toEqual(["#x", "https://x.example/"]);
  });
});
