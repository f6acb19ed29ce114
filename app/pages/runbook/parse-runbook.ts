/** The parts of Markdown that docs/troubleshooting.md is written in; anything else is a paragraph. */
export type Block =
  | { kind: "heading"; level: number; text: Inline[]; anchor: string }
  | { kind: "paragraph"; text: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "list"; items: Inline[][] }
  | { kind: "table"; head: Inline[][]; rows: Inline[][][] };

export type Inline =
  | { kind: "text" | "code" | "strong"; text: string }
  | { kind: "link"; text: string; to: string };

/** The anchor that GitHub gives a heading: links work there and here. */
export const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .trim()
    .replace(/\s+/g, "-");

/** Parses a document of ours. Pure; it never fails, and makes no HTML: what it finds is shown as text. */
export function parseRunbook(markdown: string): Block[] {
  const lines = markdown.split(/\r?\n/);
  const blocks: Block[] = [];
  let at = 0;
  const take = (belongs: (line: string) => boolean) => {
    const taken: string[] = [];
    while (at < lines.length && belongs(lines[at] ?? "")) taken.push(lines[at++] ?? "");
    return taken;
  };
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const heading = /^(#{1,4}) (.+)$/.exec(line);
    if (line.trim() === "") at += 1;
    else if (heading) {
      const text = heading[2] ?? "";
      blocks.push({
        kind: "heading",
        level: heading[1]?.length ?? 1,
        text: inline(text),
        anchor: anchorOf(text),
      });
      at += 1;
    } else if (line.startsWith("```")) {
      at += 1;
      blocks.push({ kind: "code", text: take((next) => !next.startsWith("```")).join("\n") });
      at += 1;
    } else if (line.startsWith("|")) {
      const [head = [], , ...rows] = take((next) => next.startsWith("|")).map(cells);
      blocks.push({ kind: "table", head: head.map(inline), rows: rows.map((row) => row.map(inline)) });
    } else if (isItem(line)) {
      const items: string[] = [];
      for (const next of take((one) => isItem(one) || /^ {2}\S/.test(one)))
        if (isItem(next)) items.push(next.replace(/^(- |\d+\. )/, ""));
        else items.push(`${items.pop() ?? ""} ${next.trim()}`);
      blocks.push({ kind: "list", items: items.map(inline) });
    } else {
      // The first line is taken whatever it begins with, so that every turn takes one.
      at += 1;
      const more = take((next) => next.trim() !== "" && !/^(#{1,4} |```|\||- |\d+\. )/.test(next));
      blocks.push({ kind: "paragraph", text: inline([line, ...more].join(" ")) });
    }
  }
  return blocks;
}

const isItem = (line: string) => /^(- |\d+\. )/.test(line);

/** Cells of a table's row; `\|` is no border. */
const cells = (row: string) =>
  row
    .replace(/^\||\|\s*$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

function inline(text: string): Inline[] {
  const found: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > from) found.push({ kind: "text", text: text.slice(from, match.index) });
    const [whole, code, strong, link, to] = match;
    if (code !== undefined) found.push({ kind: "code", text: code });
    else if (strong !== undefined) found.push({ kind: "strong", text: strong });
    else found.push({ kind: "link", text: link ?? "", to: to ?? "" });
    from = match.index + whole.length;
  }
  if (from < text.length) found.push({ kind: "text", text: text.slice(from) });
  return found;
}
