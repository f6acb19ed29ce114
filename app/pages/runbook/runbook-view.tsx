import type { Heading, Link, List, Nodes, Root, Table } from "mdast";
import { headingAnchor } from "./heading-anchor";

/** A document for operators: linkable headings, prose, lists, commands and tables. Raw HTML in it is shown as text. */
export function RunbookView({ document }: { document: Root }) {
  return (
    <div className="flex flex-col gap-4 text-sm">
      <Children nodes={document.children} />
    </div>
  );
}

const Children = ({ nodes }: { nodes: Nodes[] }) =>
  // biome-ignore lint/suspicious/noArrayIndexKey: the nodes of a document never move
  nodes.map((node, index) => <NodeView key={index} node={node} />);

function NodeView({ node }: { node: Nodes }) {
  switch (node.type) {
    case "heading":
      return <HeadingView heading={node} />;
    case "paragraph":
      return (
        <p className="max-w-[48rem]">
          <Children nodes={node.children} />
        </p>
      );
    case "code":
      return (
        <pre
          // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content must be reachable with the keyboard
          tabIndex={0}
          className="overflow-x-auto border-l-2 border-edge bg-sunken px-4 py-3 font-mono text-xs"
        >
          <code>{node.value}</code>
        </pre>
      );
    case "list":
      return <ListView list={node} />;
    case "table":
      return <TableView table={node} />;
    case "inlineCode":
      return <code className="font-mono text-[0.92em] break-words">{node.value}</code>;
    case "strong":
      return (
        <strong>
          <Children nodes={node.children} />
        </strong>
      );
    case "link":
      return <LinkView link={node} />;
    default:
      if ("children" in node) return <Children nodes={node.children} />;
      return "value" in node ? node.value : null;
  }
}

function HeadingView({ heading }: { heading: Heading }) {
  const text = <Children nodes={heading.children} />;
  if (heading.depth === 1) return <h1 className="text-xl font-semibold sm:text-2xl">{text}</h1>;
  return (
    <h2
      id={headingAnchor(heading)}
      className="scroll-mt-4 border-t border-line pt-5 text-base font-semibold target:text-accent"
    >
      {text}
    </h2>
  );
}

function ListView({ list }: { list: List }) {
  const Tag = list.ordered ? "ol" : "ul";
  return (
    <Tag className={`flex max-w-[48rem] flex-col gap-1 pl-5 ${list.ordered ? "list-decimal" : "list-disc"}`}>
      {list.children.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the items of a document never move
        <li key={index}>
          {item.children.map((node, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the nodes of a document never move
            <div key={place} className="not-first:mt-2">
              {node.type === "paragraph" ? <Children nodes={node.children} /> : <NodeView node={node} />}
            </div>
          ))}
        </li>
      ))}
    </Tag>
  );
}

function TableView({ table }: { table: Table }) {
  const [head, ...rows] = table.children;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a <section> for every table would crowd the list of landmarks
    <div
      role="group"
      aria-label="Table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content must be reachable with the keyboard
      tabIndex={0}
      className="overflow-x-auto"
    >
      <table className="border-collapse text-left">
        <thead>
          <tr className="border-b border-edge text-xs text-ink-muted">
            {head?.children.map((cell, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the cells of a document never move
              <th key={index} scope="col" className="py-1.5 pr-4 font-medium">
                <Children nodes={cell.children} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows of a document never move
            <tr key={index} className="border-b border-line last:border-0">
              {row.children.map((cell, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the cells of a document never move
                <td key={place} className="py-1.5 pr-4 align-baseline">
                  <Children nodes={cell.children} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The site does not serve other documents, so links to them are shown as text. */
function LinkView({ link }: { link: Link }) {
  const text = <Children nodes={link.children} />;
  if (!/^(#|https:\/\/)/.test(link.url)) return text;
  return (
    <a href={link.url} className="link">
      {text}
    </a>
  );
}
