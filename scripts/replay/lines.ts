import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { asBytes } from "./request";

/** Where a log comes from: a path, or "-" for standard input. */
export type Source = string;

/** One line, as bytes kept in Latin-1, without its line end. */
export interface Line {
  text: string;
  /** False for the start of a line that is longer than any server writes; its end was not kept. */
  whole: boolean;
  /** False for a last line without a line end: the server may be writing it. */
  ended: boolean;
}

/** The log cannot be read to its end. What came before was read. */
export class UnreadableLog extends Error {
  override name = "UnreadableLog";
}

/** Characters of a line that are kept: nginx's and Apache's limits for headers, with every character escaped, are below. */
export const LONGEST_LINE = 128 * 1024;

/** What compressed logs that we cannot read start with, and the program that can. */
const PACKED: [string, string][] = [
  ["28b52ffd", "zstd -dc"],
  ["fd377a58", "xz -dc"],
  ["425a68", "bzip2 -dc"],
  ["504b0304", "unzip -p"],
];

/**
 * Reads a log in pieces of lines, with a bounded amount of memory. Gzip (also several files joined) and UTF-16 are recognised by their
 * first bytes. `onBytes` is told of the bytes read, before unpacking.
 * @throws UnreadableLog
 */
export async function* readLines(
  source: Source,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<Line[]> {
  const input = source === "-" ? process.stdin : createReadStream(source);
  try {
    yield* splitLines(decode(unpack(counted(input, onBytes))));
  } catch (error) {
    throw error instanceof UnreadableLog
      ? error
      : new UnreadableLog(reasonOf(error as NodeJS.ErrnoException));
  } finally {
    if (source !== "-") input.destroy();
  }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === "Z_BUF_ERROR") return "the compressed file is cut short. Copy it again";
  if (error.code?.startsWith("Z_")) return `the compressed file is damaged (${error.message})`;
  if (error.code === "ENOENT") return "there is no such file";
  if (error.code === "EACCES") return "may not be read by this user";
  return error.message;
}

async function* counted(input: AsyncIterable<Buffer | string>, onBytes: (bytes: number) => void) {
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk as Buffer);
    onBytes(bytes.length);
    yield bytes;
  }
}

/** The chunks from the first on that has at least four bytes, so that it can be looked at. */
async function* withStart(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let start: Buffer | null = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (start === null) yield chunk;
    else if (start.length + chunk.length < 4) start = Buffer.concat([start, chunk]);
    else {
      yield Buffer.concat([start, chunk]);
      start = null;
    }
  }
  if (start?.length) yield start;
}

async function* unpack(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const whole = withStart(chunks);
  const first = await whole.next();
  if (first.done) return;
  const magic = first.value.subarray(0, 4).toString("hex");
  const packed = PACKED.find(([bytes]) => magic.startsWith(bytes));
  if (packed)
    throw new UnreadableLog(
      `is compressed in a way that is not read here. Pipe it in, with - as the file: ${packed[1]} FILE | npm run …`,
    );
  const all = chain(first.value, whole);
  if (!magic.startsWith("1f8b")) return yield* all;
  const input = Readable.from(all, { objectMode: false });
  const gunzip = createGunzip();
  input.once("error", (error) => gunzip.destroy(error));
  input.pipe(gunzip);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } finally {
    input.destroy();
  }
}

async function* chain(first: Buffer, others: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* others;
}

/** Text as its UTF-8 bytes, in Latin-1. PowerShell's `>` writes UTF-16, with a mark at the start. */
async function* decode(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let wide: TextDecoder | null | undefined;
  for await (const chunk of withStart(chunks)) {
    let bytes = chunk;
    if (wide === undefined) {
      const mark = bytes.subarray(0, 2).toString("hex");
      wide =
        mark === "fffe" ? new TextDecoder("utf-16le") : mark === "feff" ? new TextDecoder("utf-16be") : null;
      if (bytes.subarray(0, 3).toString("hex") === "efbbbf") bytes = bytes.subarray(3);
    }
    yield wide ? asBytes(wide.decode(bytes, { stream: true })) : bytes.toString("latin1");
  }
}

async function* splitLines(texts: AsyncIterable<string>): AsyncGenerator<Line[]> {
  let kept = "";
  let length = 0;
  const add = (piece: string) => {
    length += piece.length;
    kept += piece.slice(0, LONGEST_LINE - kept.length);
  };
  const line = (ended: boolean): Line => {
    const whole = length <= LONGEST_LINE;
    const text = whole && kept.endsWith("\r") ? kept.slice(0, -1) : kept;
    kept = "";
    length = 0;
    return { text, whole, ended };
  };
  for await (const text of texts) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      add(text.slice(start, end));
      lines.push(line(true));
      start = end + 1;
    }
    add(text.slice(start));
    if (lines.length > 0) yield lines;
  }
  if (length > 0) yield [line(false)];
}
