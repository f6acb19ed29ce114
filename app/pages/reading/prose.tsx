import type { ReactNode } from "react";

/**
 * A chapter's text: blank lines separate paragraphs, *asterisks* mark emphasis, and a line of asterisks or dashes is a change
 * of scene. HTML in it is shown as text.
 */
export function Prose({ text }: { text: string }) {
  const blocks = text.replace(/\r\n?/g, "\n").split(/\n\s*\n/);
  return (
    <div className="prose max-w-measure">
      {blocks.map((block, index) => {
        const line = block.trim();
        if (line === "") return null;
        // The position is the only key a block has, and the text does not change while it is read.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        if (/^(?:\*\s*){3,}$|^-{3,}$/.test(line)) return <hr key={index} />;
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        return <p key={index}>{emphasise(line)}</p>;
      })}
    </div>
  );
}

function emphasise(line: string): ReactNode[] {
  return line.split(/\*(\S(?:[^*]*\S)?)\*/).map((part, index) =>
    // Every second part was between asterisks.
    // biome-ignore lint/suspicious/noArrayIndexKey: the position is the only key a part has
    index % 2 === 1 ? <em key={index}>{part}</em> : part,
  );
}
