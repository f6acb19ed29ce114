import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RULE_TYPES } from "../../app/alerts/rule-types";
import { type Block, parseRunbook } from "../../app/pages/runbook/parse-runbook";

const source = readFileSync("docs/troubleshooting.md", "utf8");
const blocks = parseRunbook(source);
const anchors = blocks.flatMap((block) => (block.kind === "heading" ? block.anchor : []));

describe("the runbook", () => {
  it.each(RULE_TYPES.map(({ kind, runbook }) => [kind, runbook]))(
    "has a section for %s: %s",
    (_kind, runbook) => {
      expect(anchors).toContain(runbook);
    },
  );

  it("loses no word of the document, and every link within it leads somewhere", () => {
    const words = (text: string) => text.replace(/[^A-Za-z]+/g, " ").trim();
    const said = JSON.stringify(blocks, (key, value) =>
      key === "anchor" || key === "to" ? undefined : value,
    );
    for (const line of [
      "Never",
      "What to do",
      "readCount",
      "JOURNAL_DIR",
      "Restarting a worker is always safe",
    ])
      expect(words(said).includes(words(line)), line).toBe(words(source).includes(words(line)));
    for (const [, to] of JSON.stringify(blocks).matchAll(/"to":"#([^"]+)"/g)) expect(anchors).toContain(to);
  });

  it("knows headings, prose, code, lists and tables, and makes no HTML", () => {
    const parsed = parseRunbook(
      "# A `b`\n\nOne\ntwo **three** [four](#a-b).\n\n```sh\n# not a heading\n| no table\n```\n\n- x\n  y\n- z\n\n| h | i |\n| --- | --- |\n| `a\\|b` | <b> |\n",
    );
    expect(parsed.map((block: Block) => block.kind)).toEqual([
      "heading",
      "paragraph",
      "code",
      "list",
      "table",
    ]);
    expect(parsed[0]).toMatchObject({ anchor: "a-b", level: 1 });
    expect(parsed[1]).toMatchObject({
      text: [
        { kind: "text", text: "One two " },
        { kind: "strong", text: "three" },
        { kind: "text", text: " " },
        { kind: "link", text: "four", to: "#a-b" },
        { kind: "text", text: "." },
      ],
    });
    expect(parsed[2]).toEqual({ kind: "code", text: "# not a heading\n| no table" });
    expect(parsed[3]).toMatchObject({ items: [[{ text: "x y" }], [{ text: "z" }]] });
    expect(parsed[4]).toMatchObject({ rows: [[[{ kind: "code", text: "a|b" }], [{ text: "<b>" }]]] });
  });
});
