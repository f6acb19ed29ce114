/**
 * Counts the page views of logs the plainest way: all of them together, sorted by time. It is independent of the importer: it knows the rule
 * of a window and nothing else, and imports nothing from the app.
 */

export interface PlainVisit {
  /** Unix ms, whole seconds. */
  at: number;
  reader: number;
  story: number;
  /** 0 for the story's own page. */
  chapter: number;
}

/** Counted views by page (`story 3`, `chapter 3.2`), and by page and hour (`story 3 @ 2026-01-02T03`). */
export function countPlainly(visits: PlainVisit[], windowMs: number): Map<string, number> {
  const counts = new Map<string, number>();
  const last = new Map<string, number>();
  const add = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const { at, reader, story, chapter } of [...visits].sort((a, b) => a.at - b.at))
    for (const page of chapter === 0
      ? [`story ${story}`]
      : [`story ${story}`, `chapter ${story}.${chapter}`]) {
      const before = last.get(`${reader} ${page}`);
      if (before !== undefined && at - before < windowMs) continue;
      last.set(`${reader} ${page}`, at);
      add(page);
      add(`${page} @ ${new Date(at).toISOString().slice(0, 13)}`);
    }
  return counts;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (number: number) => String(number).padStart(2, "0");

/** A visit as a line of an access log in the combined format. Each reader has an address of their own. */
export function combinedLine(
  { at, reader, story, chapter }: PlainVisit,
  agent = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
) {
  const time = new Date(at);
  const stamp = `${two(time.getUTCDate())}/${MONTHS[time.getUTCMonth()]}/${time.getUTCFullYear()}:${time.toISOString().slice(11, 19)} +0000`;
  const address = `203.0.${113 + Math.floor(reader / 250)}.${1 + (reader % 250)}`;
  const path = chapter === 0 ? `/s/tale-${story}` : `/s/tale-${story}/part-${chapter}.html`;
  return `${address} - - [${stamp}] "GET ${path} HTTP/1.1" 200 5120 "https://news.example/front" "${agent}"`;
}
