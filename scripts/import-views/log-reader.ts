import { DIRECTIVE, type LogFormat } from "../replay/formats/format";
import { maskLine } from "../replay/mask-line";
import { pageOf } from "../replay/page-view";
import { readerAddress, type TrustedProxies } from "../replay/reader-address";
import type { ViewMap } from "./view-map";
import type { LineReader, ReadLine } from "./visit";

/** How requests become visits. */
export interface LogRules {
  map: ViewMap;
  trustedProxies: TrustedProxies;
  pageExtensions: readonly string[];
}

/** Reads the lines of an access log. Which requests are page views, and whose they are, is decided as for a replay. */
export function createLogReader(
  format: LogFormat,
  { map, trustedProxies, pageExtensions }: LogRules,
): LineReader {
  const parse = format.open();

  function read(text: string, whole: boolean, number: number): ReadLine {
    const request = parse(text);
    if (request === null || !whole)
      return { number, is: "malformed", why: `not understood as ${format.name}: ${maskLine(text)}` };
    const path = request === DIRECTIVE ? null : pageOf(request, pageExtensions);
    if (request === DIRECTIVE || path === null) return { number, is: "other" };
    const page = map.matchPath(path);
    if (!page) return { number, is: "unmatched", path };
    if (request.time === null) return { number, is: "left-out", reason: "no-time" };
    const address = readerAddress(request, trustedProxies);
    if (address === null) return { number, is: "left-out", reason: "no-address" };
    const { time: at, agent, referrer, headers = {} } = request;
    const visit = {
      story: page.story,
      chapter: page.chapter,
      at,
      reader: null,
      address,
      agent,
      referrer,
      headers,
    };
    return { number, is: "visit", visit };
  }

  return {
    skip: (line) => void parse(line),
    add: (text, whole, number) => [read(text, whole, number)],
    end: () => [],
    isWithinRecord: () => false,
  };
}
