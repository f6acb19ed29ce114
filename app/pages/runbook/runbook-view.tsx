import type { Block, Inline } from "./parse-runbook";

/** A document for operators: headings that can be linked to, prose, commands and tables. */
export function RunbookView({ blocks }: { blocks: Block[] }) {
  return (
    <div className="flex flex-col gap-4 text-sm">
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a document does not move
        <BlockView key={index} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading":
      return <Heading block={block} />;
    case "code":
      return (
        <pre
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
          tabIndex={0}
          className="overflow-x-auto border-l-2 border-edge bg-sunken px-4 py-3 font-mono text-xs"
        >
          <code>{block.text}</code>
        </pre>
      );
    case "list":
      return (
        <ul className="flex max-w-[48rem] list-disc flex-col gap-1 pl-5">
          {block.items.map((item, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a document does not move
            <li key={index}>
              <Text parts={item} />
            </li>
          ))}
        </ul>
      );
    case "table":
      return <Table block={block} />;
    default:
      return (
        <p className="max-w-[48rem]">
          <Text parts={block.text} />
        </p>
      );
  }
}

function Heading({ block }: { block: Extract<Block, { kind: "heading" }> }) {
  const text = <Text parts={block.text} />;
  if (block.level === 1) return <h1 className="text-xl font-semibold sm:text-2xl">{text}</h1>;
  return (
    <h2
      id={block.anchor}
      className="scroll-mt-4 border-t border-line pt-5 text-base font-semibold target:text-accent"
    >
      {text}
    </h2>
  );
}

function Table({ block }: { block: Extract<Block, { kind: "table" }> }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a <section> of every table would crowd the list of landmarks
    <div
      role="group"
      aria-label="Table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
      tabIndex={0}
      className="overflow-x-auto"
    >
      <table className="border-collapse text-left">
        <thead>
          <tr className="border-b border-edge text-xs text-ink-muted">
            {block.head.map((cell, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a document does not move
              <th key={index} scope="col" className="py-1.5 pr-4 font-medium">
                <Text parts={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {block.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a document does not move
            <tr key={index} className="border-b border-line last:border-0">
              {row.map((cell, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a document does not move
                <td key={place} className="py-1.5 pr-4 align-baseline">
                  <Text parts={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Text({ parts }: { parts: Inline[] }) {
  return parts.map((part, index) => {
    const key = index;
    if (part.kind === "code")
      return (
        <code key={key} className="font-mono text-[0.92em] break-words">
          {part.text}
        </code>
      );
    if (part.kind === "strong") return <strong key={key}>{part.text}</strong>;
    // Other documents are not served: their links stay words.
    if (part.kind === "link" && /^(#|https:\/\/)/.test(part.to))
      return (
        <a key={key} href={part.to} className="link">
          {part.text}
        </a>
      );
    return <span key={key}>{part.text}</span>;
  });
}
