import { parseArgs } from "node:util";
import type { LogFormat } from "../replay/formats/format";
import { namedFormat } from "../replay/formats/recognise";
import { parseTime } from "../replay/formats/time";
import type { TrustedProxies } from "../replay/reader-address";

export const USAGE = `Usage: npm run import-views -- --map FILE [options] LOG…
       npm run import-views -- --list | --close | --undo N [--dry-run]

Brings views of the past in from access logs or CSV files, each at its own time and by the rules for live views: a reader's views of a
page within VIEW_DEDUP_TTL_HOURS count once. LOG is a file, plain or gzipped, or - for standard input. Running it again changes
nothing, and a file that has grown goes on where it was. docs/import.md has the whole story.

  --map FILE               how lines match stories and chapters, in YAML or JSON (docs/import.md)
  --dry-run                change nothing: say what the totals would be, and what would be left out
  --until TIME             leave views from then on out (default: when this site counted its first view itself)
  --log-format FORMAT      the logs' format, as for npm run replay; recognised by their content without it
  --trust-proxy N          how many proxies stood in front of the server that wrote the log
  --page-extensions LIST   extensions of further pages, such as 5,cgi
  --count-without-agent    count views of which no user agent is known, robots included
  --json FILE              also write the report to FILE
  --list                   the imports of this site
  --undo N                 take all views of import N out again
  --close                  forget the readers of all imports now, rather than a week after the last one
  -h, --help               this text

The report goes to standard output as JSON, everything else to standard error. The exit code is 0 if all was done, 1 if something
failed or most lines were not understood, 130 after Ctrl-C; the same command goes on from there.`;

/** What the command line asks for. */
export type Command =
  | { does: "import"; options: ImportOptions }
  | { does: "undo"; id: number; dryRun: boolean }
  | { does: "list" | "close" | "help" };

/** How to import. */
export interface ImportOptions {
  sources: string[];
  mapFile: string;
  dryRun: boolean;
  /** Unix ms. */
  until: number | null;
  formats: readonly LogFormat[] | undefined;
  trustedProxies: TrustedProxies;
  pageExtensions: string[];
  countWithoutAgent: boolean;
  json: string | undefined;
}

/** Reads the command line. @throws Error with what is wrong. */
export function parseCommand(args: string[]): Command {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      map: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      until: { type: "string" },
      "log-format": { type: "string" },
      "trust-proxy": { type: "string" },
      "page-extensions": { type: "string", default: "" },
      "count-without-agent": { type: "boolean", default: false },
      json: { type: "string" },
      list: { type: "boolean", default: false },
      undo: { type: "string" },
      close: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return { does: "help" };
  if (values.list) return { does: "list" };
  if (values.close) return { does: "close" };
  if (values.undo !== undefined)
    return {
      does: "undo",
      id: wholeNumber("--undo", values.undo, 1, 2 ** 31 - 1),
      dryRun: values["dry-run"],
    };
  if (positionals.length === 0) throw new Error(`give one access log or CSV file, or more.\n\n${USAGE}`);
  if (values.map === undefined)
    throw new Error("--map: name a file that says how lines match stories (docs/import.md has examples).");
  const trusted = values["trust-proxy"];
  return {
    does: "import",
    options: {
      sources: positionals,
      mapFile: values.map,
      dryRun: values["dry-run"],
      until: values.until === undefined ? null : timeIn(values.until),
      formats: values["log-format"] === undefined ? undefined : [namedFormat(values["log-format"])],
      trustedProxies: trusted === undefined ? "private" : wholeNumber("--trust-proxy", trusted, 0, 50),
      pageExtensions: values["page-extensions"]
        .split(",")
        .flatMap((item) => item.trim().toLowerCase().replace(/^\./, "") || []),
      countWithoutAgent: values["count-without-agent"],
      json: values.json,
    },
  };
}

function timeIn(text: string): number {
  const time = parseTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (time === null)
    throw new Error(`--until: "${text}" is not a time; give it as 2026-11-30 or 2026-11-30T12:00:00Z.`);
  return time;
}

function wholeNumber(option: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < from || value > to)
    throw new Error(`${option}: must be a whole number from ${from} to ${to}.`);
  return value;
}
