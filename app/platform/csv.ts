import pLimit, { type LimitFunction } from "p-limit";

/**
 * Exports read from the pages' pool of eight connections: with two statements at a time in this process, six connections stay for
 * pages. The others wait for their turn, first come, first served.
 */
const exportTurns = pLimit(2);

/** A value in a CSV file. */
export type Cell = string | number | bigint | boolean | Date | null;

/** A spreadsheet then reads the file as UTF-8 rather than in the encoding of its country. */
const BYTE_ORDER_MARK = "\uFEFF";

/** The first line of a CSV file: the names of its columns. */
export const csvHead = (names: readonly string[]) => BYTE_ORDER_MARK + csvLine([...names]);

/**
 * One line of CSV (RFC 4180). All text is quoted, and gets an apostrophe wherever a spreadsheet would take it for the start of a
 * formula (anyone can choose a referrer host). That includes places after a separator: a spreadsheet that separates at semicolons
 * does not see the quotes of a cell that follows a comma.
 */
export const csvLine = (cells: Cell[]) => `${cells.map(cellText).join(",")}\r\n`;

const FORMULA_START = /(^|[,;|\t\r\n])(?=[=+\-@\t\r＝＋－＠])/g;

function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell !== "string") return String(cell);
  return `"${cell.replace(FORMULA_START, "$1'").replaceAll('"', '""')}"`;
}

/**
 * Streams text as it becomes ready: an export of a million rows keeps one page of them in memory. Exports take turns with each page of
 * rows, so that twenty of them leave pages and counting their connections.
 */
export function streamText(
  parts: AsyncIterable<string>,
  inTurn: LimitFunction = exportTurns,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = parts[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const next = await inTurn(() => iterator.next());
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

/** A download that is produced while it is read, and is never cached. */
export const download = (parts: AsyncIterable<string>, fileName: string, type: string) =>
  new Response(streamText(parts), {
    headers: {
      "Content-Type": `${type}; charset=utf-8`,
      "Content-Disposition": `attachment; filename="${fileName}"`,
      "Cache-Control": "private, no-store",
    },
  });
