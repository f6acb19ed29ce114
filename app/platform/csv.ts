/** A value in a CSV file. */
export type Cell = string | number | bigint | boolean | Date | null;

/**
 * One line of CSV (RFC 4180). Text that a spreadsheet would run as a formula (anyone can choose a referrer host) gets an
 * apostrophe in front.
 */
export const csvLine = (cells: Cell[]) => `${cells.map(cellText).join(",")}\r\n`;

function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell !== "string") return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Streams text as it becomes ready: an export of a million rows keeps one page of them in memory. */
export function streamText(parts: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = parts[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const next = await iterator.next();
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
