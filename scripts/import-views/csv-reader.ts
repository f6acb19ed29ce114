import Papa from "papaparse";
import { parseTime } from "../replay/formats/time";
import { maskLine } from "../replay/mask-line";
import { pageOf } from "../replay/page-view";
import { addressIn } from "../replay/reader-address";
import { asBytes, asText } from "../replay/request";
import type { CsvColumns, ViewMap } from "./view-map";
import type { LineReader, ReadLine } from "./visit";

/** A quoted field may hold line ends. One that goes on for longer was never closed: its first line is reported, and the rest read on. */
const MAX_RECORD_LINES = 50;

type Field = Exclude<keyof CsvColumns, "delimiter">;
const FIELDS: Field[] = ["time", "path", "story", "chapter", "reader", "address", "agent", "referrer"];

/** Where the columns of the map are in a file. */
export interface CsvHeader {
  columns: Map<Field, number>;
  width: number;
}

const parseRecord = (text: string, delimiter: string) =>
  Papa.parse<string[]>(text, { delimiter, newline: "\n" });

/**
 * Finds the map's columns in the first line of a file.
 * @throws Error with one line that names the missing column and those that there are.
 */
export function readHeader(firstLine: string, csv: CsvColumns, file: string): CsvHeader {
  const { data } = parseRecord(asText(firstLine), csv.delimiter ?? ",");
  const names = (data[0] ?? []).map((name) => name.trim());
  const columns = new Map<Field, number>();
  for (const field of FIELDS) {
    const name = csv[field];
    if (name === undefined) continue;
    const place = names.indexOf(name);
    if (place < 0)
      throw new Error(
        `${file}, line 1: has no column "${name}" (csv.${field} in the map). Its columns are: ${names.slice(0, 40).join(", ")}. Nothing was counted.`,
      );
    columns.set(field, place);
  }
  return { columns, width: names.length };
}

/** Reads the lines of a CSV file with a header. */
export function createCsvReader(
  csv: CsvColumns,
  { map, pageExtensions }: { map: ViewMap; pageExtensions: readonly string[] },
  file: string,
): LineReader {
  const delimiter = csv.delimiter ?? ",";
  let header: CsvHeader | null = null;
  /** The lines of a record that goes on. */
  let open: { text: string; number: number }[] = [];

  function add(text: string, whole: boolean, number: number): ReadLine[] {
    if (header === null) {
      header = readHeader(text, csv, file);
      return [{ number, is: "other" }];
    }
    if (!whole) return [{ number, is: "malformed", why: "is longer than a record can be" }];
    open.push({ text: asText(text), number });
    const first = open[0]?.number ?? number;
    const { data, errors } = parseRecord(open.map((line) => line.text).join("\n"), delimiter);
    const isOpen = errors.some(({ code }) => code === "MissingQuotes");
    if (isOpen && open.length < MAX_RECORD_LINES) return [];
    const lines = open;
    open = [];
    if (isOpen) return reread(lines);
    const [error] = errors;
    if (error) return [{ number: first, is: "malformed", why: error.message.toLowerCase() }];
    return [readRecord(data[0] ?? [], first, header)];
  }

  /** The first line's quote is never closed: it is malformed, and the lines after it stand for themselves. */
  function reread([first, ...rest]: typeof open): ReadLine[] {
    if (!first) return [];
    const results: ReadLine[] = [
      { number: first.number, is: "malformed", why: `a quote is not closed: ${maskLine(first.text)}` },
    ];
    for (const { text, number } of rest) results.push(...add(asBytes(text), true, number));
    return results;
  }

  function readRecord(values: string[], number: number, { columns, width }: CsvHeader): ReadLine {
    if (values.every((value) => value.trim() === "") && values.length < 2) return { number, is: "other" };
    const malformed = (why: string): ReadLine => ({ number, is: "malformed", why });
    if (values.length !== width)
      return malformed(`has ${values.length} columns, where the header has ${width}`);
    const get = (field: Field) => {
      const place = columns.get(field);
      return place === undefined ? undefined : (values[place] ?? "").trim();
    };
    const time = get("time") ?? "";
    const at = parseTime(time);
    if (at === null) return malformed(`column "${csv.time}": ${quote(time)} is not a time`);
    const page = pageIn(get);
    if ("is" in page) return { number, ...page };
    const address = addressOf(get("address"));
    if (address === undefined)
      return malformed(`column "${csv.address}": ${quote(get("address") ?? "")} is not an address`);
    const reader = get("reader") || null;
    if (reader === null && address === null)
      return { number, is: "left-out", reason: csv.reader === undefined ? "no-address" : "no-reader" };
    const agent = get("agent");
    const visit = {
      ...page,
      at,
      reader,
      address,
      agent: agent === undefined ? undefined : agent === "" ? null : asBytes(agent),
      referrer: get("referrer") || null,
      headers: {},
    };
    return { number, is: "visit", visit };
  }

  function pageIn(
    get: (field: Field) => string | undefined,
  ): { story: string; chapter: string | undefined } | { is: "unmatched"; path: string } | { is: "other" } {
    const story = get("story");
    if (story !== undefined)
      return story === "" ? { is: "other" } : { story, chapter: get("chapter") || undefined };
    const target = get("path") ?? "";
    const path = pageOf(
      {
        method: "GET",
        status: 200,
        target: asBytes(target),
        peer: "",
        forwarded: "",
        agent: null,
        referrer: null,
        time: null,
      },
      pageExtensions,
    );
    if (path === null) return { is: "other" };
    const page = map.matchPath(path);
    return page ? { story: page.story, chapter: page.chapter } : { is: "unmatched", path };
  }

  return {
    skip(line) {
      header ??= readHeader(line, csv, file);
    },
    add,
    end() {
      const lines = open;
      open = [];
      return reread(lines);
    },
    isWithinRecord: () => open.length > 0,
  };
}

const quote = (text: string) => `"${maskLine(text)}"`;

/** Null where the column is empty or missing; undefined if it holds something else. */
function addressOf(text: string | undefined): string | null | undefined {
  return text ? (addressIn(text) ?? undefined) : null;
}
