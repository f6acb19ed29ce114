import type { ReactNode } from "react";

/**
 * A chapter's text: paragraphs between blank lines, *emphasis*, and a line of asterisks or dashes for a change of scene.
 * Nothing in it is taken for HTML.
 */
export function Prose({ text }: { text: string }) {
  const blocks = text.replace(/\r\n?/g, "\n").split(/\n\s*\n/);
  return (
    <div className="prose max-w-measure">
      {blocks.map((block, index) => {
        const line = block.trim();
        if (line === "") return null;
        // Blocks have no name but their place, and a text does not change while it is read.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        if (/^(?:\*\s*){3,}$|^-{3,}$/.test(line)) return <hr key={index} />;
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        return <p key={index}>{emphasised(line)}</p>;
      })}
    </div>
  );
}

function emphasised(line: string): ReactNode[] {
  return line.split(/\*(\S(?:[^*]*\S)?)\*/).map((part, index) =>
    // Every second part is what stood between two asterisks.
    // biome-ignore lint/suspicious/noArrayIndexKey: parts have no name but their place
    index % 2 === 1 ? <em key={index}>{part}</em> : part,
  );
}
