import { DIRECTIVE } from "./formats/format";
import type { Line } from "./lines";
import type { Log } from "./logs";
import { maskLine } from "./mask-line";
import { pageOf } from "./page-view";
import { readerAddress, type TrustedProxies } from "./reader-address";
import { leaveOut, type Report } from "./report";
import type { NumberedView } from "./send-views";

/** How lines become page views. */
export interface ReadingRules {
  trustedProxies?: TrustedProxies;
  /** Extensions of pages, besides the usual ones. */
  pageExtensions?: readonly string[];
  /** The user agent of views from a log that has none; without it they are left out, as robots cannot be told from readers. */
  standInAgent?: string;
}

/**
 * Reads the lines of a log, which must come in order from the first one. `take` gives the page view of a line to be sent, or null, and
 * enters every line into the report. `skip` only follows the format, for lines that were taken before.
 */
export function createLineTaker(
  log: Log,
  rules: ReadingRules,
  report: Report,
  onProblem: (line: string) => void,
) {
  const parse = log.format.open();
  const say = sayOnce(log, onProblem);
  return {
    skip: (line: Line) => void parse(line.text),
    take(line: Line, number: number): NumberedView | null {
      const parsed = parse(line.text);
      report.lines += 1;
      if (parsed === null || !line.whole) {
        report.malformed += 1;
        say("format", () => `line ${number} is not understood as ${log.format.name}: ${maskLine(line.text)}`);
        return null;
      }
      const path = parsed === DIRECTIVE ? null : pageOf(parsed, rules.pageExtensions);
      if (parsed === DIRECTIVE || path === null) {
        report.otherLines += 1;
        return null;
      }
      report.pageViews += 1;
      noteTime(report, parsed.time);
      const address = readerAddress(parsed, rules.trustedProxies ?? "private");
      if (address === null) {
        leaveOut(report, "no-address");
        return null;
      }
      if (parsed.agent === undefined && rules.standInAgent === undefined)
        say(
          "agent",
          () =>
            "does not say which browser asked, so robots cannot be told from readers, and such views are left out. --count-without-agent counts each address as a reader.",
        );
      const agent = parsed.agent === undefined ? (rules.standInAgent ?? null) : parsed.agent;
      const view = { path, address, agent, referrer: parsed.referrer, headers: parsed.headers ?? {} };
      return { view, number: report.pageViews };
    },
  };
}

/** Says the first thing of each kind about a log. */
function sayOnce(log: Log, say: (line: string) => void) {
  const said = new Set<string>();
  return (kind: string, text: () => string) => {
    if (said.has(kind)) return;
    said.add(kind);
    say(`${log.name}: ${text()}`);
  };
}

/** Lines may be out of order: servers write them when a response ends. */
function noteTime(report: Report, time: number | null) {
  if (time === null) return;
  const text = new Date(time).toISOString().replace(".000", "");
  if (report.from === null || text < report.from) report.from = text;
  if (report.to === null || text > report.to) report.to = text;
}
