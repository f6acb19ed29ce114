import { parseArgs } from "node:util";
import type { LogFormat } from "./formats/format";
import { FORMATS, namedFormat } from "./formats/recognise";
import type { TrustedProxies } from "./reader-address";

export const USAGE = `Usage: npm run replay -- [options] LOG…

Replays access logs against a running site: each page becomes a story, each page view a view. Start the site with
TRUST_PROXY=1, as the log's addresses are sent the way a proxy sends them, and VIEW_LIMIT_BURST=0, as a day's views
come within seconds. LOG is a file, plain or gzipped, or - for standard input. Several files of a rotated set
are read in the order of their times.

  --log-format FORMAT      the logs' format: ${FORMATS.map(({ name }) => name).join(", ")}, or a format in nginx's or
                           Apache's notation. Without it, each log's format is recognised by its content
  --trust-proxy N          how many proxies stood in front of the server that wrote the log, so that the right entry
                           of X-Forwarded-For is the reader's. Without it, proxies with private addresses are trusted
  --page-extensions LIST   extensions of further pages, such as 5,cgi
  --count-without-agent    count views from logs without user agents, robots included
  --dry-run                send nothing: say what was recognised, and what would be sent
  --checkpoint FILE        remember in FILE how far the replay has come, and go on from there the next time
  --base-url URL           the site (default: a running npm start, else port PORT on this machine)
  --concurrency N          views on their way at once, 1 to 500 (8)
  --json FILE              also write the report to FILE
  -h, --help               this text

The report goes to standard output as JSON, everything else to standard error. The exit code is 0 if every page
view was dealt with, 1 if something failed or was not understood, 130 after Ctrl-C.`;

/** What the command line asks for. */
export interface Options {
  sources: string[];
  formats: readonly LogFormat[] | undefined;
  trustedProxies: TrustedProxies;
  pageExtensions: string[];
  countWithoutAgent: boolean;
  dryRun: boolean;
  checkpoint: string | undefined;
  baseUrl: string | undefined;
  concurrency: number;
  json: string | undefined;
}

/**
 * Reads the command line; null if it asks for help.
 * @throws Error with what is wrong.
 */
export function parseOptions(args: string[]): Options | null {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      "log-format": { type: "string" },
      "trust-proxy": { type: "string" },
      "page-extensions": { type: "string", default: "" },
      "count-without-agent": { type: "boolean", default: false },
      "dry-run": { type: "boolean", default: false },
      checkpoint: { type: "string" },
      "base-url": { type: "string" },
      concurrency: { type: "string", default: "8" },
      json: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return null;
  if (positionals.length === 0) throw new Error(`give one access log or more.\n\n${USAGE}`);
  if (values.checkpoint !== undefined && positionals.includes("-"))
    throw new Error("--checkpoint: standard input cannot be read again from the start; give files.");
  if (values.checkpoint !== undefined && values["dry-run"])
    throw new Error("--checkpoint: a dry run sends nothing that a checkpoint could remember.");
  const trusted = values["trust-proxy"];
  return {
    sources: positionals,
    formats: values["log-format"] === undefined ? undefined : [namedFormat(values["log-format"])],
    trustedProxies: trusted === undefined ? "private" : wholeNumber("--trust-proxy", trusted, 0, 50),
    pageExtensions: extensionsIn(values["page-extensions"]),
    countWithoutAgent: values["count-without-agent"],
    dryRun: values["dry-run"],
    checkpoint: values.checkpoint,
    baseUrl: values["base-url"],
    concurrency: wholeNumber("--concurrency", values.concurrency, 1, 500),
    json: values.json,
  };
}

function wholeNumber(option: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < from || value > to)
    throw new Error(`${option}: must be a whole number from ${from} to ${to}.`);
  return value;
}

function extensionsIn(list: string): string[] {
  const extensions = list.split(",").flatMap((item) => item.trim().toLowerCase().replace(/^\./, "") || []);
  const wrong = extensions.find((extension) => !/^[a-z0-9_-]+$/.test(extension));
  if (wrong !== undefined)
    throw new Error(`--page-extensions: "${wrong}" is not an extension; give them as php,cgi.`);
  return extensions;
}
